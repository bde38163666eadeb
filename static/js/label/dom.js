// Elements, made in one expression.

// make("p", { class: "note", text: "…" }, child, …). A handler is a function under `on…`; null and false leave a
// property or a child out.
export const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false));
  return element;
};

export const kbd = (key) => make("kbd", { text: key, "aria-hidden": "true" });

// The colour of an answer in the vote, as a dot beside its name.
export const tint = (number) => make("span", { class: `vote-dot vote-${number}`, "aria-hidden": "true" });

// Draw buttons anew; whoever was on one of them stays on the one in its place. `draw` returns what they are in.
export const redraw = (root, draw) => {
  const at = [...root.querySelectorAll("button")].indexOf(document.activeElement);
  const drawn = draw();
  if (at >= 0) drawn.querySelectorAll("button")[at]?.focus();
  return drawn;
};

// A time of today as people write it: 14:05.
export const clock = (time) =>
  new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
