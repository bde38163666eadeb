// What each command does. They wait for one another, so that none acts on what another is about to change.
import { ask } from "./dialogs.js";
import { guidelineOf } from "./guideline.js";

const UNDOS = 10;

export class Commands {
  #undos = []; // {work, question, before, wasPast}, the last one last
  #turn = Promise.resolve();
  #waiting = 0;
  #finishedCount = 0;

  // `parts` are those of the screen, by name: root, desk, outbox, leases, viewer, panel, reading, status, past, dialogs.
  constructor(parts) {
    Object.assign(this, parts);
  }

  do(name, argument) {
    return this.run(() => this[name](argument));
  }

  run(action) {
    this.root.dataset.busy = ++this.#waiting;
    this.#turn = this.#turn
      .then(action)
      .catch(reportError)
      .finally(() => (this.root.dataset.busy = --this.#waiting));
    return this.#turn;
  }

  get work() {
    return this.desk.work;
  }

  next() {
    return this.desk.next();
  }

  // On the question at hand

  async pick(code) {
    if (!this.work) return;
    const { question } = this.work;
    if (question.pick(code)) {
      await this.#say(question.said);
      return;
    }
    if (this.panel.choices.typed) this.panel.choices.erase();
    this.panel.sync();
  }

  async value(key) {
    const code = this.panel.choices?.byKey(key);
    if (code) await this.pick(code);
  }

  async state(state) {
    if (!this.work) return;
    this.work.question.pickState(state);
    await this.#say(this.work.question.said);
  }

  async confirm() {
    if (!this.work) return;
    const { choices } = this.panel;
    if (choices.typed) {
      if (choices.first) await this.pick(choices.first);
      return;
    }
    const { question } = this.work;
    if (question.said && (question.isOpen || question.isChanged)) await this.#say(question.said);
    else if (this.desk.isPast) await this.desk.newer();
    else if (question.required && !question.said) this.#ask();
    else {
      if (question.isChosen) await this.#say(null, { stay: true });
      question.passed = true;
      await this.#goOn();
    }
  }

  // The answer is right, and the reasoning behind it is not; once more takes that back.
  async wrong() {
    const { question } = this.work ?? {};
    if (!question) return;
    const isSaid = !question.isOpen && !question.isChanged;
    const answer = { ...question.said, reasoning_wrong: !question.draft.reasoning_wrong };
    if (question.readable) await this.#say(answer, isSaid ? { stay: true } : {});
    else this.status.tell("There is no reasoning behind this answer.");
  }

  // Read the reasoning behind the answer at this place of the vote, or behind the next one.
  read(place) {
    this.reading.read(place ?? this.reading.next);
    if (this.work) this.panel.readingChanged();
  }

  async evidence() {
    if (!this.work || !this.viewer.number) return;
    const { question } = this.work;
    question.point(this.viewer.number);
    if (question.isOpen) this.panel.sync();
    else await this.#say(question.said, { stay: true });
  }

  async erase() {
    const { question } = this.work ?? {};
    if (this.panel.choices?.typed) this.panel.choices.erase();
    else if (question?.required && this.desk.isPast) this.status.tell("It is finished: choose another answer instead.");
    else if (question && !question.isOpen) await this.#say(null, { stay: true });
  }

  async move(by) {
    if (this.work) await this.activate(this.work.active + by);
  }

  // Go to another question; what was chosen on this one is kept.
  async activate(index) {
    const { work } = this;
    const { question } = work;
    if (question.isChosen && question.said) await this.#say(question.said, { stay: true });
    else if (!question.isOpen) question.restore();
    work.active = Math.min(work.questions.length - 1, Math.max(0, index));
    this.desk.draw();
  }

  async undo() {
    const last = this.#undos.pop();
    if (!last) {
      this.status.tell("There is nothing to undo.");
      return;
    }
    const { work, question, before, wasPast } = last;
    const messages = work.finished && !wasPast ? [work.message("reopen")] : [];
    question.say(before);
    await this.outbox.put([...messages, work.answerMessage(question, before)], work.about);
    work.active = work.questions.indexOf(question);
    if (!wasPast) this.desk.bringForward(work);
    else if (this.work === work) this.desk.draw();
    this.status.tell(`Undone: ${question.label}.`);
  }

  // On the listing

  async skip() {
    await this.#aside(this.dialogs.skip, (form) => ({ reason: form.get("reason") || form.get("own").trim(), minutes: null }));
  }

  async postpone() {
    await this.#aside(this.dialogs.postpone, (form) => ({ reason: "", minutes: Number(form.get("minutes")) }));
  }

  async flag() {
    await this.#remark(true);
  }

  async comment() {
    await this.#remark(false);
  }

  // Of the screen

  photo(by) {
    this.viewer.step(by);
  }

  view(number) {
    this.viewer.pick(number);
  }

  pan([columns, rows]) {
    this.viewer.panBy(columns, rows);
  }

  closer() {
    this.viewer.closer();
  }

  farther() {
    this.viewer.farther();
  }

  fit() {
    this.viewer.fit();
  }

  async screen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.root.requestFullscreen();
  }

  // Show the guideline; a reviewer may say there and then what is unclear about it.
  async guideline() {
    const { work, dialogs } = this;
    if (!work?.isReview) {
      if (work) this.desk.toggleGuideline();
      return;
    }
    const { question } = work;
    dialogs.unclear.querySelector("[data-unclear-name]").textContent = question.label;
    dialogs.unclear.querySelector("[data-unclear-guideline]").replaceChildren(...guidelineOf(question, this.viewer));
    const form = await ask(dialogs.unclear);
    if (!form) return;
    const text = `Guideline unclear: ${form.get("text").trim()}`.replace(/: $/, ".");
    await this.#flag(work, question.code, text, true);
  }

  async help() {
    await ask(this.dialogs.help);
  }

  async older() {
    await this.desk.older();
  }

  async newer() {
    await this.desk.newer();
  }

  async escape() {
    if (this.panel.choices?.typed) this.panel.choices.erase();
    else await this.desk.backToWork();
  }

  // What follows

  #ask() {
    this.panel.nudge();
    this.status.tell("Choose a value, or say why there is none.");
  }

  async #say(answer, { stay = this.desk.isPast } = {}) {
    const { work } = this;
    const { question } = work;
    const before = question.answer;
    question.say(answer);
    const wasTheLast = before === null && answer !== null && !stay && work.nextHole < 0;
    const messages = [work.answerMessage(question, answer), ...(wasTheLast ? [work.finishMessage()] : [])];
    this.#undos = [...this.#undos, { work, question, before, wasPast: this.desk.isPast }].slice(-UNDOS);
    await this.outbox.put(messages, work.about);
    if (wasTheLast) {
      await this.#finished(work);
      return;
    }
    if (!stay && work.nextHole >= 0) work.active = work.nextHole;
    this.desk.draw();
  }

  async #goOn() {
    const { work } = this;
    if (work.nextHole >= 0) {
      work.active = work.nextHole;
      this.desk.draw();
      return;
    }
    await this.outbox.put([work.finishMessage()], work.about);
    await this.#finished(work);
  }

  async #finished(work) {
    work.finished = Date.now();
    work.note = null;
    work.active = 0;
    this.leases.drop(work.item.token);
    this.past.add(work);
    this.#finishedCount += 1;
    document.querySelector("[data-count]").textContent = `${this.#finishedCount} finished`;
    await this.desk.next();
  }

  async #aside(dialog, read) {
    const { work } = this;
    if (!work || this.desk.isPast) return;
    const form = await ask(dialog);
    if (!form) return;
    await this.outbox.put([work.message("aside", read(form))], work.about);
    this.leases.drop(work.item.token);
    this.#undos = this.#undos.filter((one) => one.work !== work);
    await this.desk.next();
    this.status.tell("Set aside.");
  }

  async #remark(isFlag) {
    const { work } = this;
    if (!work) return;
    const dialog = this.dialogs.remark;
    dialog.classList.toggle("is-flag", isFlag);
    dialog.querySelector("[data-about]").textContent = work.question.label;
    const form = await ask(dialog);
    const text = form?.get("text").trim();
    if (!text) return;
    const attribute = form.get("about") === "question" ? work.question.code : "";
    await this.#flag(work, attribute, text, isFlag);
  }

  async #flag(work, attribute, text, isFlag) {
    await this.outbox.put([work.message("remark", { attribute, text, flag: isFlag })], work.about);
    this.status.tell(isFlag ? "Flagged." : "The comment is kept.");
  }
}
