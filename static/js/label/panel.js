// The questions beside the photos: what is answered in a line each, the one at hand open.
import { Choices } from "./choices.js";
import { kbd, make, redraw } from "./dom.js";
import { voteBar } from "./votebar.js";

export class Panel {
  choices = null;
  #work = null;

  // `on` is {activate(index), confirm(), pick(code), state(state), evidence(), erase(), mark(number), wrong(),
  // read(place), place()}.
  constructor(root, keys, on) {
    this.root = root;
    this.list = root.querySelector("[data-questions]");
    this.note = root.querySelector("[data-note]");
    this.keys = keys;
    this.on = on;
  }

  // `note` is {text, isBad, action: {text, do}}: what must be known about this listing.
  show(work, note) {
    this.#work = work;
    this.choices = null;
    this.list.replaceChildren(...work.questions.map((question, index) => this.#row(question, index)));
    this.#showProgress();
    this.#showNote(note);
    const active = this.list.querySelector(".is-active");
    this.#focus();
    active?.scrollIntoView({ block: "nearest" });
  }

  clear() {
    this.#work = null;
    this.choices = null;
    this.list.replaceChildren();
    this.#showNote(null);
  }

  // The question at hand changed, and nothing else.
  sync() {
    this.list.querySelector(".is-nudged")?.classList.remove("is-nudged");
    this.choices.sync();
    this.#fillEnd();
  }

  // Somebody pressed Enter where nothing is chosen.
  nudge() {
    const active = this.list.querySelector(".is-active");
    active.classList.remove("is-nudged");
    requestAnimationFrame(() => active.classList.add("is-nudged"));
  }

  // Fingers do not want a keyboard over half of the screen: with them the search is opened by a tap.
  #focus() {
    const hovers = matchMedia("(hover: hover)").matches;
    const target = this.choices?.input && hovers ? this.choices.input : this.list.querySelector("[data-group]");
    const free = document.activeElement === document.body || !document.activeElement?.closest("dialog");
    if (free) target?.focus({ preventScroll: true });
  }

  #row(question, index) {
    const isActive = index === this.#work.active;
    return make(
      "li",
      {
        class: `question ${isActive ? "is-active" : ""} ${question.isOpen ? "is-open" : "is-answered"}`,
        "aria-current": isActive ? "step" : null,
      },
      isActive ? this.#open(question, index) : this.#line(question, index),
    );
  }

  #line(question, index) {
    const proposed = question.isProposed;
    const words = proposed ? `${question.words()}?` : question.words(question.answer);
    const evidence = question.answer?.evidence;
    return make(
      "button",
      { type: "button", class: "question-line", onclick: () => this.on.activate(index) },
      make("span", { class: "question-mark", "aria-hidden": "true" }),
      make("span", { class: "question-label", text: question.label }),
      make(
        "span",
        { class: `question-said ${question.answer?.state ? "is-state" : ""} ${proposed ? "is-proposed" : ""}` },
        words || make("span", { class: "visually-hidden", text: "not answered" }),
      ),
      evidence ? make("span", { class: "tag", text: `photo ${evidence}` }) : null,
      question.answer?.reasoning_wrong ? make("span", { class: "tag", text: "wrong reasoning" }) : null,
    );
  }

  #open(question, index) {
    this.choices = new Choices(question, this.keys, this.on);
    this.end = make("div", { class: "question-end" });
    const group = make(
      "div",
      { class: "question-open", role: "group", tabindex: "-1", "data-group": true, "aria-labelledby": "question-name question-place", "aria-describedby": "question-hint" },
      make(
        "div",
        { class: "question-top" },
        make("h2", { class: "question-name", id: "question-name", text: question.label }),
        make("span", { class: "question-place", id: "question-place", text: `${index + 1} of ${this.#work.questions.length}` }),
      ),
      question.description ? make("p", { class: "question-text", text: question.description }) : null,
      make("p", { class: "question-hint", id: "question-hint", text: hint(question, this.choices) }),
      ...(question.suggestion?.isReadable
        ? [(this.bar = voteBar(question, this.on.place(), this.on))]
        : [this.#proposal(question), this.#others(question)]),
      this.choices.element,
      this.end,
    );
    this.#fillEnd();
    return group;
  }

  // Another answer's chains are read now.
  readingChanged() {
    const { question } = this.#work;
    if (!question.suggestion?.isReadable) return;
    this.bar = redraw(this.bar, () => {
      const bar = voteBar(question, this.on.place(), this.on);
      this.bar.replaceWith(bar);
      return bar;
    });
  }

  #proposal(question) {
    if (!question.suggestion) return null;
    const { source, share, said } = question.suggestion;
    const words = said ? question.words(said) : "an answer that is not offered any more";
    return make(
      "p",
      { class: "proposal" },
      make("span", { class: "proposal-source", text: source }),
      ` suggests ${words}, ${Math.round(100 * share)} %`,
    );
  }

  #others(question) {
    if (!question.others.length) return null;
    const lines = question.others.map((answer) =>
      make("li", {}, make("span", { class: "others-who", text: answer.by }), make("strong", { text: question.words(answer) })),
    );
    return make("ul", { class: "others", "aria-label": "What others said" }, lines);
  }

  #fillEnd() {
    const { question } = this.#work;
    const evidence = question.draft.evidence;
    this.end.replaceChildren(
      ...[
        this.#confirm(question),
        this.#wrong(question),
        this.#work.photos.length
          ? make(
              "button",
              { type: "button", class: "btn btn-sm btn-ghost-secondary", "aria-pressed": `${evidence !== null}`, "aria-keyshortcuts": this.keys.commands.evidence, onclick: () => this.on.evidence() },
              kbd(this.#command("evidence")),
              evidence === null ? "This photo shows it" : `Photo ${evidence} shows it`,
            )
          : null,
        question.isOpen
          ? null
          : make("button", { type: "button", class: "btn btn-sm btn-ghost-secondary", onclick: () => this.on.erase() }, kbd("⌫"), "Clear"),
      ].filter(Boolean),
    );
    this.#showMark(question);
  }

  #confirm(question) {
    const words = confirming(question, this.#work);
    if (!words) return null;
    return make(
      "button",
      { type: "button", class: "btn btn-sm btn-primary", "aria-keyshortcuts": "Enter", onclick: () => this.on.confirm() },
      kbd("↵"),
      words,
    );
  }

  #wrong(question) {
    if (!question.readable) return null;
    const isWrong = question.draft.reasoning_wrong;
    return make(
      "button",
      { type: "button", class: "btn btn-sm", "aria-pressed": `${isWrong}`, "aria-keyshortcuts": this.keys.commands.wrong, onclick: () => this.on.wrong() },
      kbd(this.#command("wrong")),
      isWrong ? "Reasoning is wrong ✓" : "Right, wrong reasoning",
    );
  }

  #command(name) {
    return `${this.choices.searching ? "⇧" : ""}${this.keys.commands[name].toUpperCase()}`;
  }

  #showMark(question) {
    this.on.mark(question.draft.evidence);
  }

  #showProgress() {
    const { questions, answeredCount } = this.#work;
    const bar = this.root.querySelector("[data-progress]");
    bar.max = questions.length;
    bar.value = answeredCount;
    this.root.querySelector("[data-answered]").textContent = `${answeredCount} of ${questions.length} answered`;
  }

  #showNote(note) {
    this.note.hidden = !note;
    this.note.classList.toggle("is-bad", Boolean(note?.isBad));
    this.note.replaceChildren(
      ...(note ? [make("p", { class: "note-text", text: note.text })] : []),
      ...(note?.action ? [make("button", { type: "button", class: "btn btn-sm", text: note.action.text, onclick: note.action.do })] : []),
    );
  }
}

const hint = (question, choices) => {
  const many = question.multi ? "Choose one or more, then Enter." : "Choose one.";
  const how = choices.searching ? " Type to find a value; Enter takes the first." : "";
  return `${many}${how}${question.required ? "" : " May stay open."}`;
};

// What Enter does now, in words; null where it does nothing.
const confirming = (question, work) => {
  const last = work.questions.every((one) => one === question || one.isSettled);
  if (question.isProposed) return `Confirm ${question.words()}`;
  if (question.said && (question.isOpen || question.isChanged)) return "Confirm";
  if (work.finished) return "Keep, and go on";
  if (!question.isOpen) return last ? "Finish" : "Keep";
  return question.required ? null : "Leave open";
};
