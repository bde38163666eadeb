// A listing's photos: the filmstrip changes the large one, which opens a dialog to zoom and pan. Without it both are
// links to the photos.
import { watchPointers } from "./pointers.js";

const MOST = 8;
const STEP = 1.5;
const PAN = 80;

const section = document.querySelector("[data-photos]");
const strip = [...section.querySelectorAll("[data-photo]")];
const large = section.querySelector("[data-large]");
const caption = section.querySelector("[data-caption]");
const dialog = section.querySelector("[data-zoom]");
const stage = dialog.querySelector("[data-stage]");
const image = dialog.querySelector("[data-zoom-image]");

let index = 0;
let scale = 1;
let x = 0;
let y = 0;

const choose = (wanted) => {
  index = (wanted + strip.length) % strip.length;
  const photo = strip[index];
  strip.forEach((one) => one.removeAttribute("aria-current"));
  photo.setAttribute("aria-current", "true");
  photo.scrollIntoView({ block: "nearest", inline: "nearest" });
  const { width, height, source } = photo.dataset;
  const shown = large.querySelector("img");
  large.href = shown.src = photo.href;
  Object.assign(shown, { width, height, alt: shown.alt.replace(/^Photo \d+/, `Photo ${index + 1}`) });
  caption.textContent = `${width} × ${height} px${source ? ` · ${source}` : ""}`;
  if (dialog.open) enlarge();
};

const enlarge = () => {
  image.src = strip[index].href;
  image.alt = large.querySelector("img").alt;
  dialog.querySelector("[data-zoom-count]").textContent = `Photo ${index + 1} of ${strip.length}`;
  zoomTo(1);
};

// Around a point of the stage, measured from its middle, which stays where it is.
const zoomTo = (wanted, atX = 0, atY = 0) => {
  const next = Math.min(MOST, Math.max(1, wanted));
  x = atX - ((atX - x) * next) / scale;
  y = atY - ((atY - y) * next) / scale;
  scale = next;
  // Pixels that only the original has.
  if (scale > 1 && image.src !== strip[index].dataset.original) image.src = strip[index].dataset.original;
  place();
};

const place = () => {
  const roomX = (stage.clientWidth * (scale - 1)) / 2;
  const roomY = (stage.clientHeight * (scale - 1)) / 2;
  x = Math.min(roomX, Math.max(-roomX, x));
  y = Math.min(roomY, Math.max(-roomY, y));
  image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  dialog.querySelector("[data-zoom-scale]").textContent = `${Math.round(100 * scale)} %`;
};

const pan = (right, down) => {
  x += right;
  y += down;
  place();
};

const DO = {
  previous: () => choose(index - 1),
  next: () => choose(index + 1),
  in: () => zoomTo(scale * STEP),
  out: () => zoomTo(scale / STEP),
  reset: () => zoomTo(1),
  close: () => dialog.close(),
};
const KEYS = { ArrowLeft: "previous", ArrowRight: "next", "+": "in", "=": "in", "-": "out", 0: "reset" };
const PANS = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };

const plain = (event) => !(event.ctrlKey || event.metaKey || event.altKey);

strip.forEach((photo, place) =>
  photo.addEventListener("click", (event) => {
    if (!plain(event) || event.shiftKey) return;
    event.preventDefault();
    choose(place);
  }),
);
large.addEventListener("click", (event) => {
  if (!plain(event) || event.shiftKey) return;
  event.preventDefault();
  dialog.showModal();
  enlarge();
});
section.querySelector(".strip").addEventListener("keydown", (event) => {
  if (!plain(event) || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  DO[KEYS[event.key]]();
  strip[index].focus();
});

dialog.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) DO[button.dataset.do]();
});
dialog.addEventListener("keydown", (event) => {
  if (!plain(event)) return;
  const moved = (event.shiftKey || scale > 1) && PANS[event.key];
  if (event.key.startsWith("Arrow") && moved && (event.shiftKey || !KEYS[event.key])) pan(...moved);
  else if (KEYS[event.key]) DO[KEYS[event.key]]();
  else return;
  event.preventDefault();
});
watchPointers(stage, {
  pan,
  zoom: (factor, atX, atY) => zoomTo(scale * factor, atX, atY),
  double: (atX, atY) => (scale > 1 ? zoomTo(1) : zoomTo(2.5, atX, atY)),
});
