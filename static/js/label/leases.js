// Leases: the right to answer a listing, kept by a heartbeat while somebody works and given back on leaving.
import { Refused } from "./server.js";

const BEAT = 15_000;
const IDLE = 10 * 60_000; // whoever has touched nothing for so long is not working: others may have the listing

// Events: "lost" (detail: the tokens that are somebody else's now).
export class Leases extends EventTarget {
  #server;
  #tokens = new Set();
  #touched = Date.now();
  #beating = false;

  constructor(server) {
    super();
    this.#server = server;
    setInterval(() => this.#beat(), BEAT);
    document.addEventListener("visibilitychange", () => this.#beat());
    ["keydown", "pointerdown"].forEach((type) => addEventListener(type, () => this.#touch(), { capture: true }));
    addEventListener("pagehide", () => this.#leave());
    // A page that comes back from the browser's memory has given its leases back.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  hold(token) {
    if (token) this.#tokens.add(token);
  }

  drop(token) {
    this.#tokens.delete(token);
  }

  #touch() {
    const slept = Date.now() - this.#touched > IDLE;
    this.#touched = Date.now();
    if (slept) this.#beat();
  }

  async #beat() {
    const idle = Date.now() - this.#touched > IDLE;
    if (document.hidden || idle || this.#beating || !this.#tokens.size) return;
    const tokens = [...this.#tokens];
    this.#beating = true;
    try {
      const { alive } = await this.#server.post(this.#server.addresses.heartbeat, { tokens });
      // What was dropped meanwhile is not lost.
      const lost = tokens.filter((token) => !alive.includes(token) && this.#tokens.delete(token));
      if (lost.length) this.dispatchEvent(new CustomEvent("lost", { detail: lost }));
    } catch (error) {
      if (error instanceof Refused) console.warn(error.message);
    } finally {
      this.#beating = false;
    }
  }

  #leave() {
    if (this.#tokens.size) this.#server.release([...this.#tokens]);
    this.#tokens.clear();
  }
}
