// What lies on the desk: the listing in work, or one of the past, or nothing; and what comes next.
import { clock, counted, make } from "./dom.js";
import { guidelineOf } from "./guideline.js";

const REMEMBERED = "attrx-label-turn"; // in the tab's session: what was on the desk before a reload
const PATIENCE = 150; // before it says that it waits
const BLIND = {
  audit: "Audit: say what you see. What the model answered is not shown.",
  review: "Second opinion: say what you see. What the model and others answered is not shown.",
};
const LOOK_AGAIN = [3000, 5000, 10_000, 20_000];

// Events: "show", when another listing is shown, "hungry", when nothing is and it is time to look again.
export class Desk extends EventTarget {
  work = null;
  #held = null; // the one in work, while one of the past is looked at
  #place = -1; // how far back that one is
  #looks = 0;
  #timer = null;

  constructor(root, { upcoming, past, viewer, panel, reading, status, server }) {
    super();
    Object.assign(this, { root, upcoming, past, viewer, panel, reading, status, server });
    server.addEventListener("change", () => server.trouble ?? this.#lookAgain());
  }

  static get remembered() {
    return Number(sessionStorage.getItem(REMEMBERED));
  }

  get isPast() {
    return this.#place >= 0;
  }

  // The next listing is not there yet, and was waited for.
  get isWaiting() {
    return this.root.classList.contains("is-waiting");
  }

  // The works that this page knows, wherever they are.
  find(turn) {
    return [this.work, this.#held].find((work) => work?.item.turn === turn) ?? this.upcoming.find(turn) ?? this.past.find(turn);
  }

  get turns() {
    return [this.work, this.#held].flatMap((work) => work?.item.turn ?? []);
  }

  // Take the next listing.
  async next() {
    this.work?.rest();
    this.#held = null;
    this.#place = -1;
    const waiting = setTimeout(() => this.root.classList.add("is-waiting"), PATIENCE);
    const work = await this.upcoming.take();
    clearTimeout(waiting);
    this.root.classList.remove("is-waiting");
    if (work) this.show(work);
    else this.#showNothing();
  }

  // Put this one on the desk, in work; the one that was there comes next.
  bringForward(work) {
    if (work === this.work && !this.isPast) {
      work.finished = null;
      this.draw();
      return;
    }
    const other = this.#held ?? (this.work?.finished ? null : this.work);
    if (other && other !== work) {
      other.rest();
      this.upcoming.putBack(other);
    }
    this.#held = null;
    this.#place = -1;
    work.finished = null;
    this.past.remove(work);
    this.show(work);
  }

  async older() {
    const work = await this.past.at(this.#place + 1).catch(() => undefined);
    if (!work) {
      this.status.tell(work === null ? "There is nothing before this." : "The history needs the server.");
      return;
    }
    if (!this.isPast) this.#held = this.work;
    this.work?.rest();
    this.#place += 1;
    this.show(work);
  }

  async newer() {
    if (this.#place > 0) {
      this.#place -= 1;
      this.show(await this.past.at(this.#place));
    } else await this.backToWork();
  }

  async backToWork() {
    if (!this.isPast) return;
    const held = this.#held;
    this.#place = -1;
    this.#held = null;
    if (held) this.show(held);
    else await this.next();
  }

  show(work) {
    clearTimeout(this.#timer);
    this.#looks = 0;
    this.work = work;
    work.touch();
    if (!work.finished) sessionStorage.setItem(REMEMBERED, work.item.turn);
    this.root.classList.remove("is-empty");
    this.root.classList.toggle("is-past", this.isPast);
    this.#fillFacts(work.item);
    this.viewer.show(work.photos, work.title);
    this.draw();
    this.dispatchEvent(new Event("show"));
    const what = this.isPast ? `Finished at ${clock(work.finished)}` : "Next listing";
    this.status.announce(`${what}: ${work.title}. ${counted(work.photos.length, "photo")}.`);
  }

  // Its questions changed.
  draw() {
    this.root.classList.toggle("is-review", this.work.isReadable);
    this.reading.show(this.work);
    this.panel.show(this.work, this.#note());
    this.#drawGuideline();
  }

  toggleGuideline() {
    this.root.classList.toggle("has-guideline");
    this.#drawGuideline();
  }

  #note() {
    const { work } = this;
    if (this.isPast) return { text: `You finished this at ${clock(work.finished)}. Choosing another answer changes it.` };
    if (work.item.returned) return { text: `${this.#sentBack(work.item)} Finish it again.` };
    if (work.note) return { text: work.note, isBad: true };
    if (!work.lost && work.item.blind) return { text: BLIND[work.item.purpose] };
    if (!work.lost) return null;
    return {
      text: "Your hold on this listing ended while you were away, and somebody else has it now. What you answered is kept.",
      isBad: true,
      action: { text: "Take the next one", do: () => this.next() },
    };
  }

  // Who sent it back, and why.
  #sentBack({ remarks }) {
    const remark = remarks.findLast(({ author }) => author !== this.server.person.name);
    return remark ? `${remark.author} sent this back: ${remark.text}` : "This was sent back to you.";
  }

  #drawGuideline() {
    const { question } = this.work;
    const place = this.root.querySelector("[data-guideline]");
    place.hidden = !this.root.classList.contains("has-guideline");
    this.root.querySelector("[data-has-guideline]").classList.toggle("is-there", Boolean(question.guideline || question.examples.length));
    if (place.hidden) return;
    place.querySelector("[data-guideline-name]").textContent = question.label;
    place.querySelector("[data-guideline-text]").replaceChildren(...guidelineOf(question, this.viewer));
  }

  #fillFacts({ title, listing, description, metadata, vertical, remarks }) {
    const set = (name, text) => (this.root.querySelector(`[data-${name}]`).textContent = text);
    set("title", title || "Without a title");
    set("listing", listing);
    set("description", description);
    set("vertical", vertical);
    this.root.querySelector("[data-metadata]").replaceChildren(
      ...Object.entries(metadata).map(([name, value]) =>
        make("div", {}, make("dt", { text: name }), make("dd", { text: typeof value === "string" ? value : JSON.stringify(value) })),
      ),
    );
    set("remark-count", remarks.length ? counted(remarks.length, "remark") : "");
    this.root.querySelector("[data-remarks]").replaceChildren(
      ...remarks.map(({ author, attribute, text, flag, created }) => {
        const about = [flag && "flag", this.work.name(attribute), new Date(created).toLocaleDateString()].filter(Boolean);
        const who = make("span", { class: "remark-who", text: author });
        return make("li", {}, who, make("span", { class: "remark-when", text: about.join(" · ") }), make("br"), text);
      }),
    );
  }

  #showNothing() {
    this.work = null;
    this.viewer.clear();
    this.panel.clear();
    this.reading.clear();
    sessionStorage.removeItem(REMEMBERED);
    this.root.classList.add("is-empty");
    const { refusal, waiting } = this.upcoming;
    const { others, aside } = waiting ?? { others: 0, aside: 0 };
    const lines = [
      others && `${counted(others, "listing is", "listings are")} with other people now. What they give back comes here.`,
      aside && `You set ${counted(aside, "listing")} aside.`,
      "This page looks again by itself.",
    ];
    const heading = refusal || (waiting ? (others || aside ? "Nothing for you at the moment" : "All done") : "The next listing cannot be had now");
    this.root.querySelector("[data-empty-heading]").textContent = heading;
    this.root.querySelector("[data-empty-lines]").replaceChildren(...lines.filter(Boolean).map((text) => make("li", { text })));
    this.status.announce(`${heading}.`);
    this.#timer = setTimeout(() => this.#lookAgain(), LOOK_AGAIN[Math.min(this.#looks++, LOOK_AGAIN.length - 1)]);
  }

  #lookAgain() {
    clearTimeout(this.#timer);
    if (this.root.classList.contains("is-empty") && !this.isPast) this.dispatchEvent(new Event("hungry"));
  }
}
