// Which key does what. Touches no page: an event in, a command out.
//
// The keys of states and commands mean the same on every question, and no value has them. Only where a question has
// more values than keys, letters search; there commands are held with Shift, which works everywhere.

const NAMED = {
  Enter: ["confirm"],
  ArrowUp: ["move", -1],
  ArrowDown: ["move", 1],
  ArrowLeft: ["photo", -1],
  ArrowRight: ["photo", 1],
  PageUp: ["older"],
  PageDown: ["newer"],
  Backspace: ["erase"],
  Escape: ["escape"],
};
const PANS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [1, 0], ArrowRight: [-1, 0] };
const SPACE = ["read"]; // where letters search, it writes
const SIGNS = { "?": ["help"], "[": ["older"], "]": ["newer"] };
const ZOOM = { "+": ["closer"], "=": ["closer"], "-": ["farther"], ".": ["fit"] };

export class Keys {
  // `states` is {state: key}, `commands` {command: key}, `values` the keys of values in their order.
  constructor({ states, commands, values }) {
    this.values = values;
    this.states = states;
    this.commands = commands;
    this.#byKey = new Map([
      ...Object.entries(states).map(([state, key]) => [key, ["state", state]]),
      ...Object.entries(commands).map(([command, key]) => [key, [command]]),
    ]);
  }

  #byKey;

  // [command, argument], or null for a key that does nothing here. `searching`: letters search. `digitsPick`: digits
  // choose among what was found.
  command(event, { searching = false, digitsPick = false } = {}) {
    if (!isPlain(event)) return null;
    const { key, shiftKey } = event;
    if (shiftKey && PANS[key]) return ["pan", PANS[key]];
    if (NAMED[key]) return NAMED[key];
    if (key === " ") return searching && !shiftKey ? null : SPACE;
    if (SIGNS[key]) return SIGNS[key];
    if (!searching && ZOOM[key]) return ZOOM[key];
    const photo = photoOf(event);
    if (photo) return ["view", photo];
    const digit = digitOf(event);
    if (digit) return searching && !digitsPick ? null : ["value", digit];
    const letter = letterOf(event);
    if (!letter || (searching && !shiftKey)) return null;
    return this.#byKey.get(letter) ?? (searching ? null : ["value", letter]);
  }
}

// A key that writes something.
export const writes = (event) => isPlain(event) && [...event.key].length === 1 && event.key !== " ";

const isPlain = (event) =>
  !event.isComposing && (event.getModifierState("AltGraph") || !(event.ctrlKey || event.metaKey || event.altKey));

// On keyboards whose upper row has digits only with Shift, the place of the key counts.
const digitOf = ({ key, code, shiftKey }) =>
  /^\d$/.test(key) ? key : (!shiftKey && !SIGNS[key] && code.match(/^Digit(\d)$/)?.[1]) || null;

// Shift and a digit of the upper row, unless that is how the digit itself is typed.
const photoOf = ({ key, code, shiftKey }) => Number((shiftKey && !/^\d$/.test(key) && code.match(/^Digit([1-9])$/)?.[1]) || 0);

// On keyboards of other scripts as well.
const letterOf = ({ key, code }) =>
  /^[a-z]$/i.test(key) ? key.toLowerCase() : ([...key].length === 1 && code.match(/^Key([A-Z])$/)?.[1].toLowerCase()) || null;
