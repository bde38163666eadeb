// The outbox: what a person does is written down first, and sent in its order as soon as the server takes it.
//
// All windows of a person in one browser share it. One of them sends, whichever holds the lock; when it closes, the
// next goes on. A message that was sent and not crossed out is sent again under the same key, which changes nothing.
//
// Events: "change", when what is unsent changed, "reply" (detail: {message, about, reply}).
import { Refused } from "./server.js";
import { Memory, Store } from "./store.js";

const BATCH = 20;
const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;

// Without HTTPS browsers have no crypto.randomUUID.
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export class Outbox extends EventTarget {
  unsent = []; // {message, about, at}, oldest first
  failure = null; // {text, again}: why the last try failed, and when the next one is
  #server;
  #store;
  #windows;
  #failures = 0;
  #woken = false;
  #resume = () => {};

  static async open(server) {
    const outbox = new Outbox();
    outbox.#server = server;
    outbox.#store = await Store.open(server.person.id).catch(() => new Memory());
    outbox.#windows = new BroadcastChannel(`attrx-label-${server.person.id}`);
    outbox.#windows.onmessage = ({ data }) => outbox.#hear(data);
    await outbox.#look();
    return outbox;
  }

  get lasting() {
    return this.#store.lasting;
  }

  // Begin to send, in one window of the person at a time.
  start() {
    for (const [target, type] of [
      [window, "online"],
      [window, "focus"],
      [document, "visibilitychange"],
    ]) {
      target.addEventListener(type, () => this.retry());
    }
    this.#server.addEventListener("change", () => this.#server.trouble ?? this.retry());
    // Without HTTPS there are no locks: every window sends, and the keys keep the server from taking it twice.
    if (navigator.locks) navigator.locks.request(`attrx-label-${this.#server.person.id}`, () => this.#sendForEver());
    else this.#sendForEver();
  }

  // Write messages down; resolves when they are safe. `about` stays in the browser: what the page needs to know
  // should the server say no.
  async put(messages, about = {}) {
    const now = Date.now();
    const kept = messages.map((message) => ({ message: { key: newKey(), ...message }, about, at: now }));
    try {
      await this.#store.add(kept);
    } catch {
      await this.#keepInMemory();
      await this.#store.add(kept);
    }
    this.unsent = [...this.unsent, ...kept];
    this.#changed(); // Before anybody is told that it is written down: nothing says "saved" any more.
    this.#windows.postMessage({ kind: "put" });
    this.#look();
    if (!this.#failures) this.#wake();
  }

  // Do not wait any longer.
  retry() {
    this.#wake();
    this.#windows.postMessage({ kind: "retry" });
  }

  problems() {
    return this.#store.problems();
  }

  async forget(problem) {
    await this.#store.forget(problem.key);
  }

  async #sendForEver() {
    for (;;) {
      this.#woken = false;
      const batch = (await this.#store.messages()).slice(0, this.#failures ? 1 : BATCH);
      try {
        if (batch.length) await this.#send(batch);
        else if (this.#server.trouble) await this.#server.renew();
        this.#failed(0, null);
        if (!batch.length) await this.#sleep();
      } catch (error) {
        const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures);
        this.#failed(this.#failures + 1, { text: error.message, again: Date.now() + delay });
        await this.#sleep(delay);
      }
    }
  }

  #failed(times, failure) {
    const before = this.failure;
    this.#failures = times;
    this.failure = failure;
    if (failure ?? before) this.#changed();
  }

  async #send(batch) {
    const messages = batch.map((kept) => kept.message);
    const { replies } = await this.#server.post(this.#server.addresses.outbox, { messages });
    const byKey = new Map(replies.map((reply) => [reply.key, reply]));
    const answered = batch
      .filter((kept) => byKey.has(kept.message.key))
      .map((kept) => ({ ...kept, reply: byKey.get(kept.message.key) }));
    if (!answered.length) throw new Refused("The server did not say what became of the answers.");
    const problems = answered
      .filter(({ reply }) => reply.status !== "done")
      .map((kept) => ({ ...kept, key: kept.message.key }));
    await this.#store.settle(answered, problems);
    this.#windows.postMessage({ kind: "settled", answered });
    await this.#settled(answered);
  }

  async #settled(answered) {
    await this.#look();
    answered.forEach((detail) => this.dispatchEvent(new CustomEvent("reply", { detail })));
  }

  async #hear(data) {
    if (data.kind === "settled") {
      await this.#settled(data.answered);
      return;
    }
    await this.#look();
    if (data.kind === "retry" || !this.#failures) this.#wake();
  }

  async #look() {
    this.unsent = await this.#store.messages();
    this.#changed();
  }

  async #keepInMemory() {
    const memory = new Memory();
    await memory.add(await this.#store.messages().catch(() => []));
    this.#store = memory;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #wake() {
    this.#woken = true;
    this.#resume();
  }

  // Until somebody wakes it, or for so many milliseconds.
  async #sleep(milliseconds = null) {
    if (this.#woken) return;
    let timer = null;
    await new Promise((resolve) => {
      this.#resume = resolve;
      if (milliseconds !== null) timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
  }
}
