// Where two texts differ, by words. Touches neither page nor server.

const MOST = 2000; // words of a text that are compared; what follows is taken as it is

const split = (text) => text.match(/\s*\S+/g) ?? [];
const plain = (word) => word.trim().toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");

// The text in pieces, [{text, differs}]: a piece differs when the other text has no such words at that place. Case and
// punctuation do not count. The pieces together are the text.
export const differing = (text, other) => {
  const [words, others] = [split(text), split(other).slice(0, MOST)];
  const compared = words.slice(0, MOST);
  const kept = common(compared.map(plain), others.map(plain));
  const pieces = [];
  const add = (piece, differs) => {
    const last = pieces.at(-1);
    if (last?.differs === differs) last.text += piece;
    else if (piece) pieces.push({ text: piece, differs });
  };
  words.forEach((word, index) => {
    const differs = index < compared.length && !kept.has(index) && plain(word) !== "";
    const bare = word.trimStart();
    add(word.slice(0, word.length - bare.length), differs && pieces.at(-1)?.differs === true);
    add(bare, differs);
  });
  add(text.slice(words.join("").length), pieces.at(-1)?.differs === true);
  return pieces;
};

// Which places of the first list are in the longest common subsequence of both.
const common = (one, other) => {
  const width = other.length + 1;
  const lengths = new Uint16Array((one.length + 1) * width);
  for (let row = one.length - 1; row >= 0; row--) {
    for (let column = other.length - 1; column >= 0; column--) {
      const at = row * width + column;
      lengths[at] = one[row] === other[column] ? lengths[at + width + 1] + 1 : Math.max(lengths[at + width], lengths[at + 1]);
    }
  }
  const kept = new Set();
  for (let row = 0, column = 0; row < one.length && column < other.length; ) {
    const at = row * width + column;
    if (one[row] === other[column]) {
      kept.add(row++);
      column++;
    } else if (lengths[at + width] >= lengths[at + 1]) row++;
    else column++;
  }
  return kept;
};
