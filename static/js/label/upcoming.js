// The listings that come next: leased ahead, with their questions read and their photos decoded.
import { Refused } from "./server.js";
import { Work } from "./work.js";

export class Upcoming {
  waiting = null; // what the server said when it had nothing: who holds the rest
  refusal = ""; // why it will give nothing
  #server;
  #leases;
  #wanted;
  #outbox;
  #ahead;
  #taken;
  #ready = [];
  #leased = []; // {item, unsent}: items whose questions are not read yet, and what they do not know of
  #schemas = new Map();
  #filling = null;

  // `wanted` is {purposes, vertical}; `ahead` tells how many to hold ready beside the one in work, `taken` which turns
  // are in work.
  constructor({ server, leases, outbox, wanted, ahead, taken }) {
    this.#server = server;
    this.#leases = leases;
    this.#outbox = outbox;
    this.#wanted = wanted;
    this.#ahead = ahead;
    this.#taken = taken;
  }

  // Take the first item, which came with the page, and those after it. The one of the turn `first` goes to the front.
  async begin(item, first) {
    this.#came([item], this.#outbox.unsent);
    await this.fill(1 + this.#ahead());
    const work = this.find(first);
    if (work) this.putBack(work);
  }

  // The next one; null when there is none, or none can be had now.
  async take() {
    while (!this.#ready.length) {
      const came = await this.fill(Math.max(1, this.#ahead())).catch(() => false);
      if (!came) break;
    }
    const work = this.#ready.shift() ?? null;
    if (work) this.refill();
    return work;
  }

  refill() {
    this.fill(this.#ahead()).catch(() => {}); // The server says what is wrong, and it is tried again.
  }

  // Show this one next.
  putBack(work) {
    this.#ready = [work, ...this.#ready.filter((one) => one.item.turn !== work.item.turn)];
  }

  // The one of this turn is among those to come next.
  find(turn) {
    return this.#ready.find((work) => work.item.turn === turn) ?? null;
  }

  // Somebody else has these now; what nobody has begun is simply not shown.
  lose(tokens) {
    const gone = this.#ready.filter((work) => tokens.includes(work.item.token));
    gone.forEach((work) => (work.lost = true));
    this.#ready = this.#ready.filter((work) => !work.lost || work.answeredCount);
    this.refill();
  }

  // The questions of an item as they are asked now.
  async attributes(version) {
    if (!this.#schemas.has(version)) {
      const read = this.#server.get(this.#server.addresses.schema.replace(/0$/, version));
      this.#schemas.set(version, read);
      read.catch(() => this.#schemas.delete(version));
    }
    return (await this.#schemas.get(version)).attributes.filter((attribute) => !attribute.retired);
  }

  // True when something came. One request at a time.
  fill(count) {
    this.#filling ??= this.#fill(count).finally(() => (this.#filling = null));
    return this.#filling;
  }

  async #fill(count) {
    const before = this.#ready.length;
    const missing = count - before - this.#leased.length;
    if (missing > 0) await this.#lease(missing);
    while (this.#leased.length) {
      const { item, unsent } = this.#leased[0];
      const work = await this.#prepared(item, unsent);
      this.#leased.shift();
      if (work) this.#ready.push(work);
    }
    return this.#ready.length > before;
  }

  async #lease(count) {
    const { unsent } = this.#outbox;
    const turns = unsent.map(({ message }) => message.turn);
    const have = [...new Set([...this.#taken(), ...this.#ready.map((work) => work.item.turn), ...turns])];
    try {
      const { items, waiting } = await this.#server.post(this.#server.addresses.lease, { ...this.#wanted, count, have });
      this.waiting = waiting ?? null;
      this.refusal = "";
      this.#came(items, unsent);
    } catch (error) {
      if (error instanceof Refused) this.refusal = error.message;
      throw error;
    }
  }

  // `outbox` is what was unsent when the server was asked: it may have arrived since.
  #came(items, outbox) {
    for (const item of items) {
      this.#leases.hold(item.token);
      const unsent = outbox.map(({ message }) => message).filter(({ turn }) => turn === item.turn);
      this.#leased.push({ item, unsent });
    }
  }

  // Fetch what to compare it with; nobody waits for it, and without it the work goes on.
  #compare(work) {
    const address = this.#server.addresses.similar.replace(/0$/, work.item.turn);
    work.similar = this.#server.get(address).then(
      ({ similar }) => similar,
      () => ({}),
    );
  }

  // The item with what was answered before and not sent; null when it is finished already.
  async #prepared(item, unsent) {
    if (unsent.some(({ kind }) => kind === "finish" || kind === "aside")) {
      this.#leases.drop(item.token);
      return null;
    }
    for (const { kind, attribute, values, state, evidence, reasoning_wrong } of unsent) {
      const answer = { values, state, evidence, reasoning_wrong };
      if (kind === "answer") item.answers[attribute] = values.length || state ? answer : null;
    }
    const work = new Work(item, await this.attributes(item.schema), this.#server.addresses);
    if (this.#ahead()) work.load();
    if (work.isReadable) this.#compare(work);
    return work;
  }
}
