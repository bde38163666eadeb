// Questions that the page asks in a window of its own.
import { make } from "./dom.js";

const MOST_PEOPLE = 6;

// Show a dialog with one form; resolves to the form's data, or null when it was left.
export const ask = (dialog) => {
  const form = dialog.querySelector("form");
  form.reset();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "do" ? new FormData(form) : null), { once: true }),
  );
};

// In a dialog of choices, the digits choose; Enter sends it as it is.
export const chooseByDigits = (dialog) => {
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && !event.target.matches("button")) {
      event.preventDefault();
      dialog.querySelector("button[value=do]").click();
      return;
    }
    const choice = dialog.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (choice && !event.target.matches("input:not([type=radio])")) {
      event.preventDefault();
      choice.checked = true;
      choice.focus();
      dialog.querySelector("[data-own]")?.toggleAttribute("hidden", choice.value !== "");
      if (choice.value === "") dialog.querySelector("[data-own] input")?.focus();
    }
  });
  dialog.addEventListener("change", (event) => {
    const own = dialog.querySelector("[data-own]");
    if (own && event.target.type === "radio") own.hidden = event.target.value !== "";
  });
};

// In a dialog with a text, Ctrl and Enter sends it.
export const sendByKey = (dialog) =>
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) dialog.querySelector("button[value=do]").click();
  });

// Below a text, the people whom an @ at the end of what is written may mean.
export const mention = (text, list, people) => {
  const begun = () => text.value.slice(0, text.selectionStart).match(/(^|[^\w@])@([\w.+-]*)$/);
  const insert = (name) => {
    const end = text.selectionStart;
    const start = end - begun()[2].length;
    text.setRangeText(`${name} `, start, end, "end");
    list.replaceChildren();
    text.focus();
  };
  text.addEventListener("input", () => {
    const found = begun();
    const typed = found?.[2].toLowerCase();
    const meant = found ? people.filter((name) => name.toLowerCase().startsWith(typed)).slice(0, MOST_PEOPLE) : [];
    list.replaceChildren(
      ...meant.map((name) => make("button", { type: "button", class: "btn btn-sm", text: `@${name}`, onclick: () => insert(name) })),
    );
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) text.form.querySelector("button[value=do]").click();
  });
};
