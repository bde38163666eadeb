// A listing in work: its questions, photos, and the time that somebody spent on it.
import { blank } from "./answers.js";
import { Photo } from "./photos.js";
import { Question } from "./question.js";

const PAUSE = 60_000; // Nobody thinks longer than this without touching anything.

export class Work {
  active = 0;
  finished = null; // when its person finished it
  lost = false; // somebody else has it now
  note = null; // {text, attribute}: why it came back
  similar = null; // resolves to {attribute: confirmed listings to compare with}
  #seconds = 0;
  #last = null;

  constructor(item, attributes, addresses) {
    this.item = item;
    this.photos = item.photos.map((photo, index) => new Photo(photo, index + 1, addresses));
    this.ask(attributes);
  }

  get title() {
    return this.item.title || this.item.listing;
  }

  // A reviewer looks at what a model answered, or would.
  get isReview() {
    return ["review", "audit"].includes(this.item.purpose);
  }

  // There are chains to read.
  get isReadable() {
    return this.questions.some(({ suggestion }) => suggestion?.isReadable);
  }

  get question() {
    return this.questions[this.active];
  }

  // The first question, from the one at hand on and around, that still needs somebody; -1 when none does.
  get nextHole() {
    const count = this.questions.length;
    for (let step = 1; step <= count; step++) {
      const index = (this.active + step) % count;
      if (!this.questions[index].isSettled) return index;
    }
    return -1;
  }

  get answeredCount() {
    return this.questions.filter((question) => !question.isOpen).length;
  }

  // What the attribute with this code is called.
  name(code) {
    return this.questions.find((question) => question.code === code)?.label ?? code;
  }

  ask(attributes) {
    const { asks, answers, suggestions, said } = this.item;
    const about = ({ code }) => ({ answer: answers[code], suggestion: suggestions[code], others: said[code] });
    this.questions = attributes
      .filter(({ code }) => !asks.length || asks.includes(code))
      .map((attribute) => new Question(attribute, about(attribute)));
    this.active = Math.max(
      0,
      this.questions.findIndex((question) => !question.isSettled),
    );
  }

  move(by) {
    this.active = Math.min(this.questions.length - 1, Math.max(0, this.active + by));
  }

  // The photos, the first one first.
  async load() {
    await this.photos[0]?.load();
    this.photos.forEach((photo) => photo.load());
  }

  message(kind, fields = {}) {
    return { kind, turn: this.item.turn, token: this.item.token, ...fields };
  }

  // That a question is answered so; null takes the answer back.
  answerMessage(question, answer) {
    const suggestion = question.suggestion?.id ?? null;
    return this.message("answer", { attribute: question.code, ...(answer ?? blank()), suggestion });
  }

  finishMessage() {
    this.touch();
    return this.message("finish", { seconds: Math.round(this.#seconds / 100) / 10 });
  }

  // What the page needs to know should the server say no.
  get about() {
    const { turn, token, listing, schema } = this.item;
    const said = Object.fromEntries(this.questions.map((question) => [question.code, question.answer]));
    const names = Object.fromEntries(this.questions.map(({ code, label }) => [code, label]));
    return { turn, token, listing, schema, said, names, title: this.title, photo: this.item.photos[0]?.sha256 ?? null };
  }

  // Count the time since the last touch.
  touch() {
    const now = Date.now();
    if (this.#last !== null) this.#seconds += Math.min(now - this.#last, PAUSE);
    this.#last = now;
  }

  // Nobody looks at it now.
  rest() {
    this.touch();
    this.#last = null;
  }
}
