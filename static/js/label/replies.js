// What the server says later: that something was refused, that a lease is somebody else's, that a listing is open again.
import { make } from "./dom.js";

export class Replies {
  #refused = new Map(); // {turn: replies that say no}
  #finished = new Set(); // turns that the server knows to be finished

  constructor({ desk, commands, outbox, leases, upcoming, problems, status, server, root }) {
    Object.assign(this, { desk, commands, outbox, leases, upcoming, problems, status, server });
    this.banner = root.querySelector("[data-came-back]");
    outbox.addEventListener("reply", ({ detail }) => this.#hear(detail));
    leases.addEventListener("lost", ({ detail }) => this.#lose(detail));
    desk.addEventListener("show", () => desk.work.note && (this.banner.hidden = true));
  }

  #hear({ message, about, reply }) {
    if (reply.status !== "done") this.problems.count();
    if (reply.status === "conflict") this.status.tell(`${about.title}: somebody else says otherwise.`);
    if (message.kind === "finish" && reply.status !== "refused") this.#finished.add(message.turn);
    if (message.kind === "reopen" && reply.item) this.#openAgain(message.turn, reply.item);
    if (reply.status !== "refused") return;
    const work = this.desk.find(message.turn);
    if (!work || !["answer", "finish"].includes(message.kind)) {
      this.status.tell(`${about.title}: ${reply.error}`);
      return;
    }
    const first = !this.#refused.has(message.turn);
    this.#refused.set(message.turn, [...(this.#refused.get(message.turn) ?? []), { message, reply }]);
    if (first) this.commands.run(() => this.#bringBack(message.turn));
  }

  #openAgain(turn, item) {
    this.#finished.delete(turn);
    const work = this.desk.find(turn);
    if (!work) return;
    work.item.token = item.token;
    if (!work.finished) this.leases.hold(item.token);
  }

  // The listing with what it asks now, and why it came back.
  async #bringBack(turn) {
    const refusals = this.#refused.get(turn);
    this.#refused.delete(turn);
    const work = this.desk.find(turn);
    if (!work) return;
    await this.#refresh(work);
    const [{ message, reply }] = refusals;
    work.note = `${reply.error}.`;
    work.active = Math.max(
      0,
      work.questions.findIndex(({ code, isSettled }) => (message.attribute ? code === message.attribute : !isSettled)),
    );
    if (this.#finished.has(turn)) await this.outbox.put([work.message("reopen")], work.about);
    for (const refusal of refusals) await this.outbox.forget({ key: refusal.message.key });
    await this.problems.count();
    const isShown = this.desk.work === work;
    if (isShown || !this.desk.work) this.desk.bringForward(work);
    else this.#queue(work);
  }

  async #refresh(work) {
    const address = this.server.addresses.item.replace(/0$/, work.item.turn);
    try {
      const item = await this.server.get(`${address}?token=${work.item.token}`);
      work.item = item;
      work.ask(await this.upcoming.attributes(item.schema));
      this.leases.hold(item.token);
    } catch {
      // Whoever has no lease on it any more goes on with what the page knows.
    }
  }

  // Nobody is torn away from what they do: it comes next.
  #queue(work) {
    work.finished = null;
    this.desk.past.remove(work);
    this.upcoming.putBack(work);
    const show = make("button", { type: "button", class: "btn btn-sm", text: "Show it now" });
    show.addEventListener("click", () => this.commands.run(() => this.desk.bringForward(work)));
    this.banner.replaceChildren(make("span", { text: `${work.title} was not taken and comes back next: ${work.note}` }), show);
    this.banner.hidden = false;
  }

  #lose(tokens) {
    this.upcoming.lose(tokens);
    const { work } = this.desk;
    if (!work || !tokens.includes(work.item.token)) return;
    work.lost = true;
    this.desk.draw();
    this.status.announce("Somebody else has this listing now.");
  }
}
