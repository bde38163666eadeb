// What the person finished: first what this page remembers, then what the server does.
import { Work } from "./work.js";

export class Past {
  #server;
  #upcoming;
  #works = []; // newest first
  #older = []; // what the server says of older ones, newest first
  #last = null; // the oldest that the server told of
  #ended = false;

  constructor(server, upcoming) {
    this.#server = server;
    this.#upcoming = upcoming;
  }

  add(work) {
    this.remove(work);
    this.#works.unshift(work);
  }

  remove(work) {
    this.#works = this.#works.filter((one) => one.item.turn !== work.item.turn);
  }

  find(turn) {
    return this.#works.find((work) => work.item.turn === turn) ?? null;
  }

  // The one so many places back, from 0; null where the history ends.
  async at(place) {
    while (place >= this.#works.length) {
      if (!this.#older.length && (this.#ended || !(await this.#read()))) return null;
      const { turn } = this.#older.shift();
      this.#works.push(await this.#open(turn));
    }
    return this.#works[place];
  }

  async #read() {
    const before = this.#last ? `?before=${this.#last}` : "";
    const { items } = await this.#server.get(`${this.#server.addresses.history}${before}`);
    const known = new Set(this.#works.map((work) => work.item.turn));
    this.#older = items.filter((item) => !known.has(item.turn));
    this.#last = items.at(-1)?.turn ?? this.#last;
    this.#ended = !items.length;
    return this.#older.length > 0;
  }

  async #open(turn) {
    const item = await this.#server.get(this.#server.addresses.finished.replace(/0$/, turn));
    const work = new Work(item, await this.#upcoming.attributes(item.schema), this.#server.addresses);
    work.finished = Date.parse(item.finished);
    work.active = 0;
    work.questions.forEach((question) => (question.passed = true));
    return work;
  }
}
