// What is saved and what is not, why, and what a person must hear about.
import { clock, counted, make } from "./dom.js";
import { SignedOut, SomebodyElse } from "./server.js";

const QUIET = 1500; // Whatever is sent within this time is not worth a word.
const TOLD = 5000;

export class Status {
  #server;
  #outbox;
  #timer = null;
  #telling = null;
  #wasStuck = false;

  constructor(root, { server, outbox }) {
    this.root = root;
    this.saved = root.querySelector("[data-saved]");
    this.trouble = root.querySelector("[data-trouble]");
    this.toast = root.querySelector("[data-tell]");
    this.live = root.querySelector("[data-live]");
    this.#server = server;
    this.#outbox = outbox;
    outbox.addEventListener("change", () => this.#show());
    server.addEventListener("change", () => this.#show());
    addEventListener("beforeunload", (event) => {
      if (!outbox.lasting && outbox.unsent.length) event.preventDefault();
    });
    this.#show();
  }

  // Say it where it is seen and heard, for a while.
  tell(text) {
    this.toast.textContent = text;
    this.toast.classList.add("is-told");
    clearTimeout(this.#telling);
    this.#telling = setTimeout(() => this.toast.classList.remove("is-told"), TOLD);
  }

  // For ears only: what eyes see at once.
  announce(text) {
    const unsent = this.#late.length;
    this.live.textContent = `${unsent ? `${counted(unsent, "change")} not sent yet.` : "Saved."} ${text}`;
  }

  get #late() {
    const { unsent } = this.#outbox;
    return this.#stuck || Date.now() - (unsent[0]?.at ?? Infinity) > QUIET ? unsent : [];
  }

  get #stuck() {
    return this.#server.trouble ?? (this.#outbox.failure ? new Error(this.#outbox.failure.text) : null);
  }

  #show() {
    clearTimeout(this.#timer);
    const { unsent } = this.#outbox;
    const late = this.#late;
    const stuck = this.#stuck;
    if (unsent.length && !late.length) this.#timer = setTimeout(() => this.#show(), QUIET);
    this.saved.textContent = late.length
      ? `${counted(late.length, "change")} not sent, since ${clock(late[0].at)}`
      : "All saved";
    this.saved.dataset.saved = unsent.length ? "no" : "yes";
    this.saved.classList.toggle("is-unsent", late.length > 0);
    this.trouble.hidden = !stuck && (this.#outbox.lasting || !unsent.length);
    if (!this.trouble.hidden) this.trouble.replaceChildren(...this.#explain(stuck, unsent));
    if (this.#wasStuck && !unsent.length) this.tell("Everything is sent.");
    this.#wasStuck = unsent.length > 0 && (this.#wasStuck || stuck !== null);
  }

  #explain(stuck, unsent) {
    const { person, addresses } = this.#server;
    const count = unsent.length;
    const kept = this.#outbox.lasting
      ? "kept in this browser"
      : "kept in this page only, because this browser keeps nothing: do not close it";
    const waiting = count ? ` ${counted(count, "change")} ${count === 1 ? "is" : "are"} ${kept}` : "";
    const say = (text) => make("span", { text });
    if (stuck instanceof SomebodyElse) {
      const until = count ? `${waiting} until ${person.name} signs in again.` : "";
      return [say(`${stuck.person} is signed in in this browser, not ${person.name}.${until}`), this.#signIn()];
    }
    if (stuck instanceof SignedOut) {
      return [say(`You are signed out.${count ? `${waiting} and will be sent when you are back.` : ""}`), this.#signIn()];
    }
    if (!stuck) return [say(`${waiting.trim()}.`)];
    const again = this.#outbox.failure ? ` It is tried again at ${clock(this.#outbox.failure.again)}.` : "";
    const now = make("button", { type: "button", class: "btn btn-sm", text: "Try now", onclick: () => this.#outbox.retry() });
    return [say(`${stuck.message}${count ? `${waiting}.${again}` : ""}`), now];
  }

  #signIn() {
    const { login } = this.#server.addresses;
    return make("a", { class: "btn btn-sm", href: login, target: "_blank", rel: "noopener", text: "Sign in, in a new tab" });
  }
}
