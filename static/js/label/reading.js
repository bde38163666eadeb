// The reasoning beside the question: the chains behind one answer, the surest first, and what people confirmed to be like it.
import { differing } from "./diff.js";
import { counted, make, redraw, tint } from "./dom.js";
import { photoAddress } from "./photos.js";

export class Reading {
  #work = null;
  #question = null;
  #place = 0; // of the vote that is read
  #addresses;

  // `on` is {read(place)}: what a click on an answer does.
  constructor(root, addresses, on) {
    this.root = root;
    this.on = on;
    this.#addresses = addresses;
    this.tabs = root.querySelector("[data-read-tabs]");
    this.chains = root.querySelector("[data-read-chains]");
    this.similar = root.querySelector("[data-read-similar]");
  }

  get place() {
    return this.#place;
  }

  get votes() {
    return this.#question?.suggestion?.isReadable ? this.#question.suggestion : null;
  }

  // Show the chains of the question at hand; the majority's, unless this question's were read before.
  show(work) {
    const isOther = work.question !== this.#question;
    this.#work = work;
    this.#question = work.question;
    if (isOther) this.#place = 0;
    this.root.hidden = !work.isReadable;
    if (!this.votes) {
      [this.tabs, this.chains, this.similar].forEach((place) => place.replaceChildren());
      return;
    }
    this.#draw();
    if (isOther) this.#compare();
  }

  clear() {
    this.#work = null;
    this.#question = null;
    this.root.hidden = true;
  }

  // Read the vote at this place.
  read(place) {
    if (!this.votes) return;
    this.#place = place;
    this.#draw();
    this.#compare();
  }

  // The place after the one that is read, around.
  get next() {
    return this.votes ? (this.#place + 1) % this.votes.all.length : 0;
  }

  #name(vote) {
    return vote.answer ? this.#question.words(vote.answer) : vote.words;
  }

  #draw() {
    const { all } = this.votes;
    const [read, other] = [all[this.#place], all[this.#place === 0 ? 1 : 0]];
    redraw(this.tabs, () => {
      this.tabs.replaceChildren(...all.map((vote, place) => this.#tab(vote, place)));
      return this.tabs;
    });
    const [best, ...further] = read.chains;
    const against = other?.chains[0];
    this.chains.replaceChildren(
      ...(best ? [this.#chain(best, against)] : [make("p", { class: "read-none", text: "There is no reasoning to read for it." })]),
      ...(best && against ? [this.#title(`Against it, the surest for ${this.#name(other)}`), this.#chain(against, best)] : []),
      ...(further.length && against ? [this.#title(`Further chains for ${this.#name(read)}`)] : []),
      ...further.map((chain) => this.#chain(chain)),
    );
    this.chains.scrollTop = 0;
  }

  #tab(vote, place) {
    const isRead = place === this.#place;
    return make(
      "button",
      { type: "button", class: "read-tab", "aria-pressed": `${isRead}`, onclick: () => this.on.read(place) },
      tint(vote.tint),
      make("span", { class: "read-tab-name", text: this.#name(vote) }),
      make("span", { class: "read-tab-count", text: this.votes.counted(vote.share) }),
    );
  }

  #title(text) {
    return make("h3", { class: "read-title", text });
  }

  // A chain; what differs from `against` is marked.
  #chain({ text, logprob }, against = null) {
    const pieces = against ? differing(text.trim(), against.text.trim()) : [{ text: text.trim(), differs: false }];
    return make(
      "article",
      { class: "chain" },
      make(
        "p",
        { class: "chain-text" },
        pieces.map((piece) => (piece.differs ? make("mark", { text: piece.text }) : piece.text)),
      ),
      logprob === null ? null : make("p", { class: "chain-sure", text: `log-probability ${logprob.toFixed(2).replace("-", "−")}` }),
    );
  }

  // Confirmed listings: those of the answer that is read first.
  async #compare() {
    const [work, question] = [this.#work, this.#question];
    const similar = (await work.similar)?.[question.code] ?? [];
    if (question !== this.#question) return;
    const { all } = this.votes;
    const place = ({ values }) => all.indexOf(this.votes.of({ values, state: "" }));
    const isRead = (one) => place(one) === this.#place;
    const sorted = [...similar].sort((one, two) => isRead(two) - isRead(one) || place(one) - place(two));
    const likes = sorted.map((one) => this.#like(one, all[place(one)]));
    this.similar.replaceChildren(
      ...(likes.length ? [this.#title("People confirmed, and they look like this"), make("ul", { class: "likes", "aria-label": "Similar confirmed listings", tabindex: "0" }, likes)] : []),
    );
  }

  #like({ values, listing, title, photo, distance }, vote) {
    const name = this.#question.words({ values, state: "" });
    const near = distance === null ? "" : `, ${counted(distance, "bit")} apart`;
    return make(
      "li",
      { class: "like", title: `${title || listing}${near}` },
      make("img", { src: photoAddress(this.#addresses, photo, "thumb"), alt: title || listing, width: "96", height: "96", loading: "lazy" }),
      make(
        "span",
        { class: "like-name" },
        tint(vote?.tint ?? "other"),
        make("span", { text: name }),
      ),
    );
  }
}
