// The grid of reviews: keeps its listings leased while it is open, moves by the arrows, and counts what is ticked.
import { counted } from "./dom.js";
import { Leases } from "./leases.js";
import { Server } from "./server.js";

const page = JSON.parse(document.getElementById("grid-page").textContent);
const form = document.querySelector("[data-grid]");
const boxes = [...form.querySelectorAll("input[type=checkbox]")];
const ticked = form.querySelector("[data-ticked]");
const all = form.querySelector("[data-all]");
const lost = form.querySelector("[data-lost]");
const begun = Date.now();

const leases = new Leases(new Server(page));
page.tokens.forEach((token) => leases.hold(token));
leases.addEventListener("lost", ({ detail }) => {
  const what = counted(detail.length, "listing is", "listings are");
  lost.textContent = `${what} somebody else's by now, for your hold on them ended. What you confirm is kept beside what they say.`;
  lost.hidden = false;
});

const count = () => {
  const right = boxes.filter((box) => box.checked).length;
  ticked.textContent = `(${right})`;
  all.textContent = right ? "Untick all" : "Tick all";
};

// How far an arrow goes: through a row by one, through a column by as many as are in a row.
const steps = () => {
  const [first] = boxes;
  const top = (box) => box.closest("li").offsetTop;
  const perRow = boxes.filter((box) => top(box) === top(first)).length;
  return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow, ArrowDown: perRow };
};

form.addEventListener("change", count);
form.addEventListener("keydown", (event) => {
  const at = boxes.indexOf(event.target);
  const step = at < 0 || event.ctrlKey || event.metaKey || event.altKey ? 0 : steps()[event.key];
  if (!step) return;
  event.preventDefault();
  const next = boxes[at + step];
  next?.focus();
  next?.closest("label").scrollIntoView({ block: "nearest" });
});
all.addEventListener("click", () => {
  const tick = !boxes.some((box) => box.checked);
  boxes.forEach((box) => (box.checked = tick));
  count();
});
form.addEventListener("submit", () => {
  form.querySelector("[data-seconds]").value = Math.min(99_999, Math.round((Date.now() - begun) / 1000));
});
// The browser brings ticks of the page before back, which were about other listings.
boxes.forEach((box) => (box.checked = true));
count();
all.hidden = false;
form.querySelector("[data-keys]").hidden = false;
boxes[0].focus({ preventScroll: true });
