// The photos of an item, loaded and decoded before anybody looks at them.

const large = new Set(); // keeps what is being loaded from being forgotten

// Where a photo is, in the size thumb, web or original.
export const photoAddress = (addresses, sha256, size) =>
  addresses.photo.replace("0".repeat(64), sha256).replace(/web$/, size);

const image = () => {
  const made = new Image();
  made.draggable = false;
  made.decoding = "sync"; // It is decoded already: it is painted together with all else.
  return made;
};

// One photo: `image` shows it at the web's size, `thumb` small. `ready` resolves to whether it can be shown.
export class Photo {
  constructor({ sha256, width, height }, number, addresses) {
    this.number = number;
    this.width = width;
    this.height = height;
    this.address = (size) => photoAddress(addresses, sha256, size);
    this.image = image();
    this.thumb = image();
    this.thumb.alt = "";
    this.ready = null;
  }

  load() {
    if (!this.ready) {
      this.image.src = this.address("web");
      this.thumb.src = this.address("thumb");
      this.ready = this.image.decode().then(
        () => true,
        () => false,
      );
    }
    return this.ready;
  }

  // Load it once more, after a failure.
  again() {
    this.ready = null;
    this.image.removeAttribute("src");
    return this.load();
  }

  // Replace the pixels by those of the original, which only zooming needs.
  async sharpen() {
    const address = new URL(this.address("original"), location.href).href;
    if (this.image.src === address || large.has(address)) return;
    large.add(address);
    const original = new Image();
    original.src = address;
    try {
      await original.decode();
      this.image.src = address;
    } catch {
      // The smaller one stays.
    } finally {
      large.delete(address);
    }
  }
}
