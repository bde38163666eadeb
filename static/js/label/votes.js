// What a model's chains say about a question, read from a suggestion. Touches neither page nor server.
import { blank, fold, STATES } from "./answers.js";

const SEPARATOR = ", "; // between the values of one suggested answer
const NONE = "No answer";
const TINTS = 8; // colours; the last one is for all that is left

const percent = (share) => `${Math.round(100 * share)} %`;

export class Votes {
  // {answer, words, share, chains, tint}, the leading one first. The answer is null for words that are no answer (any more), and
  // for the chains that end in none; the tint is the number of a colour.
  all = [];
  said = null; // the leading answer, null when it is not offered any more
  share = 0; // of the leading answer
  #shares = new Map(); // {code of a value, or a state: share}

  // A suggestion is {id, source, shares, leading, chains}; without `chains` there is nothing to read.
  constructor({ id, source, shares, leading, chains = null }, { options, multi }) {
    Object.assign(this, { id, source, multi, options, total: chains?.length ?? 0, isReadable: chains !== null });
    this.all = Object.entries(shares)
      .map(([words, share]) => ({ words, share, answer: this.#meant(words) }))
      .sort((one, other) => (other.words === leading) - (one.words === leading) || other.share - one.share)
      .map((vote) => ({ ...vote, chains: (chains ?? []).filter(({ answer }) => answer === vote.words) }));
    this.share = this.all[0]?.share ?? 0;
    this.said = this.all[0]?.answer ?? null;
    for (const { answer, share } of this.all) {
      for (const code of answer ? [...answer.values, answer.state].filter(Boolean) : []) {
        this.#shares.set(code, (this.#shares.get(code) ?? 0) + share);
      }
    }
    this.#addNone((chains ?? []).filter(({ answer }) => !(answer in shares)));
    this.all.forEach((vote, place) => (vote.tint = vote.answer ? Math.min(place + 1, TINTS) : TINTS));
  }

  // How much of the vote has this value (or state), in words; empty when nothing has.
  told(code) {
    const share = this.#shares.get(code);
    return share ? this.counted(share) : "";
  }

  // A share in words: in chains where there are several.
  counted(share) {
    return this.total > 1 ? `${Math.round(share * this.total)} of ${this.total}` : percent(share);
  }

  // The value (or state) is of the leading answer.
  leads(code) {
    return Boolean(this.said && (this.said.values.includes(code) || this.said.state === code));
  }

  // The vote for this answer; undefined when no chain ends in it.
  of(answer) {
    const same = (one) => one && one.state === answer.state && one.values.join("\n") === answer.values.join("\n");
    return this.all.find((vote) => same(vote.answer));
  }

  #addNone(chains) {
    const rest = 1 - this.all.reduce((sum, { share }) => sum + share, 0);
    if (this.isReadable && (chains.length || rest > 0.005)) {
      this.all.push({ words: NONE, answer: null, share: Math.max(rest, 0), chains });
    }
  }

  // What an answer in words means here; null for words that are no answer (any more).
  #meant(words) {
    const state = fold(words).replaceAll(" ", "_");
    if (STATES.has(state)) return { ...blank(), state };
    const whole = this.#code(words);
    const codes = whole ? [whole] : this.multi ? words.split(SEPARATOR).map((word) => this.#code(word)) : [null];
    if (codes.includes(null)) return null;
    return { ...blank(), values: this.options.map(({ code }) => code).filter((code) => codes.includes(code)) };
  }

  #code(word) {
    const folded = fold(word);
    const found = this.options.find((one) => one.code === word) ?? this.options.find((one) => one.words.includes(folded));
    return found?.code ?? null;
  }
}
