// Requests to the server, and what may become of them.

const PATIENCE = 20_000;
const SMALL = 30_000; // characters; browsers let no more than 64 KB outlive a page

// Nothing answered, or the server stumbled: the same request may work later.
export class Away extends Error {}

// Nobody is signed in in this browser any more.
export class SignedOut extends Error {}

// Another person is signed in in this browser. Nothing may be sent in that person's name.
export class SomebodyElse extends Error {
  constructor(name) {
    super(`${name} is signed in`);
    this.person = name;
  }
}

// The server understood, and will not do it.
export class Refused extends Error {}

// Events: "change", when `trouble` begins, changes or ends.
export class Server extends EventTarget {
  trouble = null; // the error of the last request, if it was one that may pass
  #csrf;
  #renewal = null;

  constructor({ addresses, person, csrf }) {
    super();
    this.addresses = addresses;
    this.person = person;
    this.#csrf = csrf;
  }

  get(address) {
    return this.#watched(this.#ask(address));
  }

  post(address, content) {
    return this.#watched(this.#ask(address, content));
  }

  // Ask who is signed in now. The token that goes with each request belongs to one signing in: as long as it is not
  // renewed here, nothing of this page can be recorded for somebody else who signs in.
  renew() {
    this.#renewal ??= this.#watched(this.#whoIsThere()).finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  // Give leases back while the page goes away.
  release(tokens) {
    const form = new URLSearchParams({ csrfmiddlewaretoken: this.#csrf });
    tokens.forEach((token) => form.append("tokens", token));
    navigator.sendBeacon(this.addresses.release, form);
  }

  async #ask(address, content, again = false) {
    const answer = await this.#fetch(address, content);
    const guarded = [401, 403].includes(answer.status) || answer.type === "opaqueredirect";
    if (guarded && !again) {
      await this.renew();
      return this.#ask(address, content, true);
    }
    if (guarded) throw new Refused("You may not do this any more. Ask an admin for your role.");
    if (answer.status >= 500) throw new Away(`The server stumbled (${answer.status}).`);
    const read = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(read.error ?? `The server answered ${answer.status}.`);
    return read;
  }

  async #fetch(address, content) {
    try {
      return await fetch(address, {
        ...(content === undefined ? {} : this.#post(JSON.stringify(content))),
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      throw new Away("The server does not answer.");
    }
  }

  async #watched(request) {
    try {
      const read = await request;
      this.#told(null);
      return read;
    } catch (error) {
      this.#told(error instanceof Refused ? null : error);
      throw error;
    }
  }

  #told(error) {
    if (error?.message === this.trouble?.message) return;
    this.trouble = error;
    this.dispatchEvent(new Event("change"));
  }

  #post(body) {
    return {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#csrf },
      body,
      keepalive: body.length < SMALL, // What is under way arrives although the page is closed.
    };
  }

  async #whoIsThere() {
    const answer = await this.#fetch(this.addresses.session);
    if (!answer.ok) throw new Away(`The server stumbled (${answer.status}).`);
    const { person, name, csrf } = await answer.json();
    if (person === null) throw new SignedOut("You are signed out.");
    if (person !== this.person.id) throw new SomebodyElse(name);
    this.#csrf = csrf;
  }
}
