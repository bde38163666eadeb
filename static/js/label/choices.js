// The answers to choose from: buttons with their keys or, where there are more values than keys, a list to search.
import { STATES } from "./answers.js";
import { kbd, make, tint } from "./dom.js";
import { matching } from "./question.js";

export class Choices {
  // `on` is {pick(code), state(state)}: what a click does.
  constructor(question, keys, on) {
    this.question = question;
    this.keys = keys;
    this.on = on;
    this.searching = question.options.length > keys.values.length;
    this.digitsPick = !question.options.some(({ words }) => words.some((word) => /\b\d/.test(word)));
    this.shown = question.options;
    this.element = make("div", { class: "choices" });
    this.chosen = make("div", { class: "chosen", role: "group", "aria-label": "Chosen" });
    this.input = this.searching ? this.#search() : null;
    this.list = make("div", {
      class: `values ${this.#layout}`,
      role: this.searching ? "listbox" : question.multi ? "group" : "radiogroup",
      id: "values",
      "aria-labelledby": "question-name",
      "aria-multiselectable": this.searching && question.multi ? "true" : null,
      tabindex: this.searching ? "0" : null,
    });
    this.element.append(...[this.input?.parentElement, this.chosen, this.list, this.#states()].filter(Boolean));
    this.#fill();
    this.sync();
  }

  get typed() {
    return this.input?.value ?? "";
  }

  get first() {
    return this.shown[0]?.code ?? null;
  }

  // The value that a key stands for now.
  byKey(key) {
    return this.shown[this.#keyOf.indexOf(key)]?.code ?? null;
  }

  erase() {
    this.input.value = "";
    this.filter();
  }

  filter() {
    this.shown = matching(this.question.options, this.typed);
    this.#fill();
    this.sync();
    this.list.scrollTop = 0;
  }

  // Show what is chosen.
  sync() {
    const { values, state } = this.question.draft;
    for (const button of this.list.querySelectorAll("[data-value]")) {
      const chosen = `${values.includes(button.dataset.value)}`;
      button.setAttribute(this.searching ? "aria-selected" : "aria-checked", chosen);
    }
    for (const button of this.element.querySelectorAll("[data-state]")) {
      button.setAttribute("aria-pressed", `${button.dataset.state === state}`);
    }
    this.element.classList.toggle("is-proposed", this.question.isProposed);
    this.chosen.hidden = !this.searching || !values.length;
    this.chosen.replaceChildren(
      ...(this.searching ? values : []).map((code) =>
        make(
          "button",
          { type: "button", class: "chosen-value", "aria-label": `Remove ${this.question.name(code)}`, onclick: () => this.on.pick(code) },
          make("span", { text: this.question.name(code) }),
          make("span", { class: "chosen-remove", "aria-hidden": "true", text: "×" }),
        ),
      ),
    );
    this.input?.setAttribute("aria-activedescendant", this.typed && this.first ? "value-0" : "");
  }

  get #layout() {
    const { options } = this.question;
    const long = options.some(({ label }) => label.length > 22);
    return options.length > 8 && !long && !this.searching ? "is-columns" : "";
  }

  get #keyOf() {
    return this.searching ? (this.digitsPick ? this.keys.values.slice(0, 9) : []) : this.keys.values;
  }

  #fill() {
    const none = make("p", { class: "values-none", text: `No value is called “${this.typed}”.` });
    this.list.replaceChildren(...(this.shown.length ? this.shown.map((option, index) => this.#value(option, index)) : [none]));
  }

  #value({ code, label }, index) {
    const key = this.#keyOf[index];
    return make(
      this.searching ? "div" : "button",
      {
        type: this.searching ? null : "button",
        class: "value",
        role: this.searching ? "option" : this.question.multi ? "checkbox" : "radio",
        id: `value-${index}`,
        "data-value": code,
        "aria-keyshortcuts": key,
        onclick: () => this.on.pick(code),
      },
      key ? kbd(key.toUpperCase()) : this.searching ? null : make("span", { class: "kbd-none" }),
      make("span", { class: "value-label", text: label }),
      ...this.#votes(code),
    );
  }

  // How much of the vote the value has, and whether it leads.
  #votes(code) {
    const votes = this.question.suggestion;
    const told = votes?.told(code);
    if (!told) return [];
    const alone = ({ answer }) => answer && (answer.state === code || (answer.values.length === 1 && answer.values[0] === code));
    const vote = votes.isReadable && votes.all.find(alone);
    return [
      votes.isReadable && votes.leads(code) ? make("span", { class: "value-leads", text: "majority" }) : null,
      make("span", { class: "value-share", text: told }),
      vote ? tint(vote.tint) : null,
    ];
  }

  #states() {
    return make(
      "div",
      { class: "states", role: "group", "aria-label": "No value fits" },
      [...STATES].map(([state, label]) =>
        make(
          "button",
          { type: "button", class: "value value-state", "data-state": state, "aria-keyshortcuts": this.keys.states[state], onclick: () => this.on.state(state) },
          kbd(`${this.searching ? "⇧" : ""}${this.keys.states[state].toUpperCase()}`),
          make("span", { class: "value-label", text: label }),
          ...this.#votes(state),
        ),
      ),
    );
  }

  #search() {
    const input = make("input", {
      type: "search",
      class: "form-control search-input",
      role: "combobox",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      enterkeyhint: "done",
      placeholder: `Type to find one of ${this.question.options.length}`,
      "aria-label": "Find a value",
      "aria-expanded": "true",
      "aria-controls": "values",
      "aria-autocomplete": "list",
      oninput: () => this.filter(),
    });
    make("div", { class: "search" }, input);
    return input;
  }
}
