// One question of a listing, and what one person says about it. Touches neither page nor server.
//
// An answer is {values: [codes], state: "", evidence: number of a photo or null}: values or a state, never both.

export const STATES = new Map([
  ["not_visible", "Not visible"],
  ["not_applicable", "Not applicable"],
  ["unknown", "Unknown"],
]);

const SEPARATOR = ", "; // between the values of one suggested answer

// Without case, accents and punctuation: what two spellings of a word have in common.
export const fold = (text) =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\s_-]+/g, " ")
    .trim();

const blank = () => ({ values: [], state: "", evidence: null });
const same = (one, other) =>
  one.state === other.state && one.evidence === other.evidence && one.values.join("\n") === other.values.join("\n");

export class Question {
  // `answer` is what the person said before, `suggestion` what somebody proposes: {id, source, shares}, `others` what
  // others said, for whoever decides between them: answers with `by`.
  constructor(attribute, { answer = null, suggestion = null, others = [] } = {}) {
    const { code, label, description, guideline, examples, multi, required, values } = attribute;
    Object.assign(this, { code, label, description, guideline, examples, multi, required });
    this.options = values.map((value) => ({ ...value, words: [value.label, ...value.synonyms].map(fold) }));
    this.others = others;
    this.answer = answer;
    this.suggestion = suggestion && this.#read(suggestion);
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
    const { values, state, evidence } = this.draft;
    return values.length || state ? { values: [...values], state, evidence } : null;
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
    this.draft = { values: this.options.map((one) => one.code).filter((one) => chosen.includes(one)), state: "", evidence };
    return !this.multi;
  }

  pickState(state) {
    this.draft = { values: [], state, evidence: this.draft.evidence };
  }

  // The photo that shows the answer; the same once more takes the mark away.
  point(number) {
    this.draft = { ...this.draft, evidence: this.draft.evidence === number ? null : number };
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

  // The proposal with the largest share, in codes, and the share of each value.
  #read({ id, source, shares }) {
    const votes = Object.entries(shares)
      .map(([words, share]) => ({ answer: this.#meant(words), share }))
      .sort((one, other) => other.share - one.share);
    const byValue = new Map();
    for (const { answer, share } of votes) {
      for (const code of answer ? [...answer.values, answer.state].filter(Boolean) : []) {
        byValue.set(code, (byValue.get(code) ?? 0) + share);
      }
    }
    return { id, source, share: votes[0]?.share ?? 0, said: votes[0]?.answer ?? null, shares: byValue };
  }

  // What an answer in words means here; null for words that are no answer (any more).
  #meant(words) {
    const state = fold(words).replaceAll(" ", "_");
    if (STATES.has(state)) return { ...blank(), state };
    const whole = this.#code(words);
    const codes = whole ? [whole] : this.multi ? words.split(SEPARATOR).map((word) => this.#code(word)) : [null];
    return codes.includes(null) ? null : { ...blank(), values: codes };
  }

  #code(word) {
    const folded = fold(word);
    const found = this.options.find((one) => one.code === word) ?? this.options.find((one) => one.words.includes(folded));
    return found?.code ?? null;
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
