// The photos of the listing in work: one large, all in a strip; zoom, pan, brightness, the whole screen.
//
// Where somebody looks belongs to the photo: it stays while questions change and when the photo is shown again.
import { make } from "./dom.js";
import { photoAddress } from "./photos.js";
import { watchPointers } from "../pointers.js";

const MOST = 8;
const STEP = 1.5;
const PAN = 80;
const LEAST_LIGHT = 50;

const whole = () => ({ scale: 1, x: 0, y: 0 });

// Events: "photo", when another one is shown.
export class Viewer extends EventTarget {
  index = 0;
  #photos = [];
  #views = [];
  #title = "";
  #evidence = null;
  #addresses;

  constructor(root, addresses) {
    super();
    this.root = root;
    this.#addresses = addresses;
    this.stage = root.querySelector("[data-stage]");
    this.strip = root.querySelector("[data-strip]");
    this.scaleText = root.querySelector("[data-scale]");
    this.light = root.querySelector("[data-light]");
    this.light.addEventListener("input", () => this.#lighten());
    this.light.addEventListener("pointerup", () => this.light.blur());
    root.querySelector("[data-again]").addEventListener("click", () => this.#again());
    this.strip.addEventListener("click", (event) => {
      const button = event.target.closest("[data-photo]");
      if (button) this.choose(Number(button.dataset.photo));
    });
    watchPointers(this.stage, {
      pan: (right, down) => this.pan(right, down),
      zoom: (factor, x, y) => this.zoom(factor, x, y),
      swipe: (by) => this.view?.scale === 1 && this.step(by),
      double: (x, y) => (this.view.scale > 1 ? this.fit() : this.zoom(2.5, x, y)),
    });
    new ResizeObserver(() => this.view && this.#place()).observe(this.stage);
  }

  get view() {
    return this.#views[this.index];
  }

  address(sha256, size) {
    return photoAddress(this.#addresses, sha256, size);
  }

  get number() {
    return this.#photos.length ? this.index + 1 : null;
  }

  show(photos, title) {
    this.#photos = photos;
    this.#views = photos.map(whole);
    this.#title = title;
    this.strip.replaceChildren(...(photos.length > 1 ? photos.map((photo) => this.#thumb(photo)) : []));
    this.strip.hidden = photos.length < 2;
    this.root.classList.toggle("has-no-photo", !photos.length);
    this.choose(0);
  }

  clear() {
    this.show([], "");
  }

  // Which photo is the evidence for the question at hand, by its number.
  mark(number) {
    this.#evidence = number;
    this.root.classList.toggle("is-evidence", number !== null && number === this.number);
    for (const button of this.strip.children) {
      const marked = Number(button.dataset.photo) === number - 1;
      button.classList.toggle("is-evidence", marked);
      button.setAttribute("aria-label", `Photo ${Number(button.dataset.photo) + 1}${marked ? ", evidence" : ""}`);
    }
  }

  choose(wanted) {
    const count = this.#photos.length;
    this.index = count ? (wanted + count) % count : 0;
    const photo = this.#photos[this.index];
    this.root.classList.remove("is-broken");
    this.stage.replaceChildren(...(photo ? [photo.image] : []));
    if (photo) {
      photo.image.alt = `Photo ${this.index + 1} of ${count}: ${this.#title}`;
      photo.load().then((shown) => this.#photos[this.index] === photo && this.root.classList.toggle("is-broken", !shown));
      this.#place();
    }
    for (const button of this.strip.children) {
      const current = Number(button.dataset.photo) === this.index;
      button.setAttribute("aria-current", `${current}`);
      if (current) button.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.mark(this.#evidence);
    this.dispatchEvent(new Event("photo"));
  }

  // The photo with this number, if there is one.
  pick(number) {
    if (number <= this.#photos.length) this.choose(number - 1);
  }

  step(by) {
    if (this.#photos.length > 1) this.choose(this.index + by);
  }

  // By a factor, around a point of the stage measured from its middle, which stays where it is.
  zoom(factor, atX = 0, atY = 0) {
    if (!this.view) return;
    const { scale, x, y } = this.view;
    const next = Math.min(MOST, Math.max(1, scale * factor));
    Object.assign(this.view, {
      scale: next,
      x: atX - ((atX - x) * next) / scale,
      y: atY - ((atY - y) * next) / scale,
    });
    if (next > 1) this.#photos[this.index].sharpen();
    this.#place();
  }

  closer() {
    this.zoom(STEP);
  }

  farther() {
    this.zoom(1 / STEP);
  }

  fit() {
    if (!this.view) return;
    Object.assign(this.view, whole());
    this.#place();
  }

  pan(right, down) {
    if (!this.view) return;
    this.view.x += right;
    this.view.y += down;
    this.#place();
  }

  panBy(columns, rows) {
    this.pan(columns * PAN, rows * PAN);
  }

  #place() {
    const { view, stage } = this;
    const room = { x: (stage.clientWidth * (view.scale - 1)) / 2, y: (stage.clientHeight * (view.scale - 1)) / 2 };
    view.x = Math.min(room.x, Math.max(-room.x, view.x));
    view.y = Math.min(room.y, Math.max(-room.y, view.y));
    const { image } = this.#photos[this.index];
    image.style.transform = view.scale > 1 ? `translate(${view.x}px, ${view.y}px) scale(${view.scale})` : "";
    this.scaleText.textContent = `${Math.round(100 * view.scale)} %`;
    this.root.classList.toggle("is-zoomed", view.scale > 1);
  }

  #thumb(photo) {
    photo.load();
    return make(
      "button",
      {
        type: "button",
        class: "view-thumb",
        "data-photo": `${photo.number - 1}`,
        "aria-label": `Photo ${photo.number}`,
        "aria-keyshortcuts": photo.number < 10 ? `Shift+${photo.number}` : null,
        title: photo.number < 10 ? `Photo ${photo.number} ( ⇧${photo.number} )` : `Photo ${photo.number}`,
      },
      photo.thumb,
    );
  }

  #lighten() {
    const percent = Math.max(LEAST_LIGHT, Number(this.light.value));
    this.stage.style.filter = percent === 100 ? "" : `brightness(${percent}%)`;
  }

  async #again() {
    const photo = this.#photos[this.index];
    const shown = await photo.again();
    if (this.#photos[this.index] === photo) this.root.classList.toggle("is-broken", !shown);
  }
}
