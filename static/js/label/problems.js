// What the server did not simply take: labels that say otherwise, shown side by side, and refusals.
import { STATES } from "./answers.js";
import { counted, make } from "./dom.js";
import { photoAddress } from "./photos.js";

const worded = (answer, attribute) => {
  if (!answer) return "no answer";
  if (answer.state) return STATES.get(answer.state);
  return answer.values.map((code) => attribute?.values.find((one) => one.code === code)?.label ?? code).join(", ");
};

export class Problems {
  #dialog;
  #button;
  #outbox;
  #upcoming;
  #server;

  constructor({ dialog, button, outbox, upcoming, server }) {
    this.#dialog = dialog;
    this.#button = button;
    this.#outbox = outbox;
    this.#upcoming = upcoming;
    this.#server = server;
    button.addEventListener("click", () => this.open());
    dialog.addEventListener("close", () => this.count());
  }

  async count() {
    const problems = await this.#outbox.problems();
    const differences = problems.reduce((count, { reply }) => count + (reply.theirs?.length ?? 0), 0);
    const refused = problems.filter(({ reply }) => reply.status === "refused").length;
    const parts = [differences && counted(differences, "difference"), refused && `${refused} refused`].filter(Boolean);
    this.#button.hidden = !parts.length;
    this.#button.textContent = parts.join(", ");
  }

  async open() {
    const problems = await this.#outbox.problems();
    const list = this.#dialog.querySelector("[data-problems]");
    list.replaceChildren(...(await Promise.all(problems.map((problem) => this.#card(problem)))));
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  async #card(problem) {
    const { about, reply } = problem;
    const attributes = await this.#upcoming.attributes(about.schema).catch(() => []);
    const photo = about.photo && photoAddress(this.#server.addresses, about.photo, "thumb");
    const card = make(
      "section",
      { class: "problem", "aria-label": about.title },
      make(
        "div",
        { class: "problem-head" },
        photo ? make("img", { src: photo, alt: "", width: "48", height: "48" }) : null,
        make("h3", { class: "problem-title", text: about.title }),
      ),
    );
    const body = reply.status === "conflict" ? this.#sides(problem, attributes, card) : this.#refusal(problem, attributes, card);
    card.append(...body);
    return card;
  }

  // Each question with both answers, and who is right. Another answer of the person, given elsewhere since, stands
  // unless they choose this one again; what others say stands beside it until a reviewer decides.
  #sides(problem, attributes, card) {
    const { about, message, reply } = problem;
    const isOwn = message.kind === "answer";
    const rows = reply.theirs.map((theirs, row) => {
      const attribute = attributes.find((one) => one.code === theirs.attribute);
      const name = `side-${about.turn}-${row}`;
      const side = (value, who, answer) =>
        make(
          "label",
          { class: "side" },
          make("input", { type: "radio", class: "form-check-input", name, value, checked: (value === "theirs") === isOwn, "data-row": `${row}` }),
          make("span", { class: "side-who", text: who }),
          make("strong", { class: "side-said", text: worded(answer, attribute) }),
        );
      return make(
        "fieldset",
        { class: "sides" },
        make("legend", { class: "sides-name", text: attribute?.label ?? about.names[theirs.attribute] }),
        side("yours", isOwn ? "You, in this window: put it back" : "You: a reviewer will decide", this.#yours(problem, theirs)),
        side("theirs", isOwn ? "You, elsewhere since: it stands" : `${theirs.by}: take this answer`, theirs),
      );
    });
    const done = make("button", { type: "button", class: "btn btn-primary", text: "Done" });
    done.addEventListener("click", async () => {
      const chosen = isOwn ? "yours" : "theirs";
      const ticked = [...card.querySelectorAll(`input[value=${chosen}]:checked`)].map((one) => reply.theirs[one.dataset.row]);
      await this.#say(problem, ticked.map((theirs) => ({ ...(isOwn ? message : theirs), attribute: theirs.attribute })));
      await this.#close(problem, card);
    });
    return [...rows, make("div", { class: "problem-end" }, done)];
  }

  #yours({ about, message }, { attribute }) {
    return message.kind === "answer" ? message : about.said[attribute];
  }

  #refusal(problem, attributes, card) {
    const { about, message, reply } = problem;
    const attribute = attributes.find((one) => one.code === message.attribute);
    const what = {
      answer: () => `${attribute?.label ?? message.attribute}: ${worded(message, attribute)}`,
      finish: () => "The listing is not finished.",
      reopen: () => "The listing could not be opened again.",
      aside: () => "The listing was not set aside.",
      remark: () => message.text,
    }[message.kind]();
    const seen = make("button", { type: "button", class: "btn", text: "I have seen it", onclick: () => this.#close(problem, card) });
    return [
      make("p", { class: "problem-what", text: what }),
      make("p", { class: "problem-why", text: reply.error }),
      make("div", { class: "problem-end" }, seen),
    ];
  }

  // Give these answers, in the person's own name.
  async #say({ about, message }, answers) {
    if (!answers.length) return;
    const { turn } = message;
    const { token } = await this.#server.get(this.#server.addresses.finished.replace(/0$/, turn));
    const messages = answers.map(({ attribute, values, state }) => ({
      ...{ kind: "answer", turn, token, attribute, values, state, evidence: null, suggestion: null },
    }));
    await this.#outbox.put(messages, about);
  }

  async #close(problem, card) {
    await this.#outbox.forget(problem);
    card.remove();
    if (!this.#dialog.querySelector(".problem")) this.#dialog.close();
    await this.count();
  }
}
