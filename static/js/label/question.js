// One question of a listing, and what one person says about it. Touches neither page nor server.
import { blank, fold, same, STATES } from "./answers.js";
import { Votes } from "./votes.js";

export class Question {
  // `answer` is what the person said before, `suggestion` what somebody proposes, `others` what others said, for whoever
  // decides between them: answers with `by`.
  constructor(attribute, { answer = null, suggestion = null, others = [] } = {}) {
    const { code, label, description, guideline, examples, multi, required, values } = attribute;
    Object.assign(this, { code, label, description, guideline, examples, multi, required });
    this.options = values.map((value) => ({ ...value, words: [value.label, ...value.synonyms].map(fold) }));
    this.others = others;
    this.answer = answer;
    this.suggestion = suggestion && new Votes(suggestion, this);
    this.draft = this.#given();
    this.passed = false; // The person chose to leave an optional question open.
  }

  get isOpen() {
    return this.answer === null;
  }

  // Nobody needs to come here again.
  get isSettled() {
    return !this.isOpen || (this.passed && !this.required);
  }

  // What the screen shows is not what was said.
  get isChanged() {
    return !same(this.draft, this.#given());
  }

  // The person chose something, or took a choice away, and did not say it yet.
  get isChosen() {
    return !same({ ...this.draft, evidence: null }, { ...this.#given(), evidence: null });
  }

  // What the screen shows, as an answer; null when it shows none.
  get said() {
    const { values, state, evidence, reasoning_wrong } = this.draft;
    return values.length || state ? { values: [...values], state, evidence, reasoning_wrong } : null;
  }

  // What the screen shows is a proposal that the person has not confirmed.
  get isProposed() {
    return this.isOpen && this.suggestion?.said != null && same({ ...this.draft, evidence: null }, this.suggestion.said);
  }

  // Choose a value. True when that says everything; false when more values may follow.
  pick(code) {
    const { values, evidence } = this.draft;
    const rest = values.filter((one) => one !== code);
    const chosen = this.multi && rest.length === values.length ? [...values, code] : this.multi ? rest : [code];
    const ordered = this.options.map((one) => one.code).filter((one) => chosen.includes(one));
    this.draft = { ...blank(), values: ordered, evidence };
    return !this.multi;
  }

  pickState(state) {
    this.draft = { ...blank(), state, evidence: this.draft.evidence };
  }

  // The photo that shows the answer; the same once more takes the mark away.
  point(number) {
    this.draft = { ...this.draft, evidence: this.draft.evidence === number ? null : number };
  }

  // The vote for what the screen shows; null where no chain can be read that ends in it.
  get readable() {
    const vote = this.said ? this.suggestion?.of(this.said) : null;
    return vote?.chains.length ? vote : null;
  }

  // What the screen shows is said now; null takes back what was said.
  say(answer) {
    this.answer = answer;
    this.passed = false;
    this.restore();
  }

  // Forget what was chosen and not said.
  restore() {
    this.draft = this.#given();
  }

  // The answer in words.
  words(answer = this.said) {
    if (!answer) return "";
    return answer.state ? STATES.get(answer.state) : answer.values.map((code) => this.name(code)).join(", ");
  }

  name(code) {
    return this.options.find((one) => one.code === code)?.label ?? code;
  }

  #given() {
    return { ...blank(), ...(this.answer ?? this.suggestion?.said) };
  }
}

// The options that what was typed may mean: those that begin with it, then those with a word that does, then the rest.
export const matching = (options, typed) => {
  const wanted = fold(typed);
  if (!wanted) return options;
  const rank = ({ words }) =>
    Math.min(
      ...words.map((word) => (word.startsWith(wanted) ? 0 : word.includes(` ${wanted}`) ? 1 : word.includes(wanted) ? 2 : 3)),
    );
  return options
    .map((option) => ({ option, rank: rank(option) }))
    .filter((one) => one.rank < 3)
    .sort((one, other) => one.rank - other.rank)
    .map((one) => one.option);
};
