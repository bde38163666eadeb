// Answers as plain data: {values: [codes], state: "", evidence: number of a photo or null, reasoning_wrong}: values or a
// state, never both. Touches neither page nor server.

export const STATES = new Map([
  ["not_visible", "Not visible"],
  ["not_applicable", "Not applicable"],
  ["unknown", "Unknown"],
]);

// Without case, accents and punctuation: what two spellings of a word have in common.
export const fold = (text) =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\s_-]+/g, " ")
    .trim();

export const blank = () => ({ values: [], state: "", evidence: null, reasoning_wrong: false });

export const same = (one, other) =>
  one.state === other.state &&
  one.evidence === other.evidence &&
  Boolean(one.reasoning_wrong) === Boolean(other.reasoning_wrong) &&
  one.values.join("\n") === other.values.join("\n");
