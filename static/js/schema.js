// The schema's editors: rows are moved, added, filtered and retired on the page; leaving with unsaved typing warns.
// Without this file the same buttons ask the server, which shows the form again.

for (const form of document.querySelectorAll("form[data-guard]")) guard(form);
for (const list of document.querySelectorAll("[data-rows]")) edit(list);

// Warn before what is typed is lost. The server marks a form that it shows again unsaved.
function guard(form) {
  let unsaved = form.classList.contains("is-unsaved");
  const mark = form.querySelector("[data-unsaved-mark]");
  const changed = (event) => {
    if (event.target.closest("[data-filter]")) return;
    unsaved = true;
    mark.hidden = false;
    form.classList.add("is-unsaved");
  };
  form.addEventListener("input", changed);
  form.addEventListener("typed", changed);
  form.addEventListener("submit", () => { unsaved = false; });
  addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}

// The rows of attributes or values.
function edit(list) {
  const form = list.closest("form");
  const part = list.closest(".schema-part");
  const find = (selector) => part.querySelector(selector);
  const announce = (text) => { form.querySelector("[data-announce]").textContent = text; };
  const rows = () => [...list.children];
  const shown = () => rows().filter((row) => !row.hidden);
  const nameOf = (row) => row.querySelector("[data-label]")?.value || row.dataset.name || "the new value";

  const changed = () => {
    const count = find("[data-count]");
    if (count) count.textContent = rows().filter((row) => row.querySelector("[data-retired]").value !== "1").length;
    const nothing = find("[data-nothing]");
    if (nothing) nothing.hidden = list.children.length > 0;
    form.dispatchEvent(new CustomEvent("typed", { bubbles: true }));
  };

  const move = (row, step) => {
    const others = shown();
    const other = others[others.indexOf(row) + step];
    if (!other) return;
    if (step < 0) other.before(row);
    else other.after(row);
    announce(`${nameOf(row)} is in place ${rows().indexOf(row) + 1} of ${rows().length}`);
    changed();
  };

  const setRetired = (row, retired) => {
    row.querySelector("[data-retired]").value = retired ? "1" : "0";
    row.classList.toggle("is-retired", retired);
    row.querySelector(`[data-do="${retired ? "restore" : "retire"}"]`).focus();
    announce(`${nameOf(row)} is ${retired ? "retired" : "restored"}`);
    changed();
  };

  const remove = (row) => {
    const code = row.querySelector("[data-code]")?.value;
    if (code && list.dataset.removedName) {
      const removed = Object.assign(document.createElement("input"), { type: "hidden", name: list.dataset.removedName, value: code });
      form.append(removed);
    }
    const near = row.nextElementSibling || row.previousElementSibling;
    announce(`${nameOf(row)} is removed`);
    row.remove();
    (near?.querySelector("[data-label], a") || find("[data-add], .schema-add a"))?.focus();
    changed();
  };

  const actions = {
    up: (row) => move(row, -1),
    down: (row) => move(row, 1),
    retire: (row) => setRetired(row, true),
    restore: (row) => setRetired(row, false),
    remove,
  };

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    event.preventDefault();
    actions[button.dataset.do](button.closest("[data-row]"));
    if (button.isConnected && button.checkVisibility()) button.focus();
  });

  if (window.Sortable) {
    list.classList.add("can-drag");
    Sortable.create(list, {
      handle: "[data-grip]",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      ghostClass: "is-dragged",
      chosenClass: "is-chosen",
      onEnd: (event) => {
        if (event.oldIndex !== event.newIndex) changed();
      },
    });
  }

  addRows({ list, find, rows, announce, changed });
  filterRows({ find, rows });
}

// New rows: one by the button or Enter, many by pasting lines into a row or the box.
function addRows({ list, find, rows, announce, changed }) {
  const template = find("[data-new-row]");
  if (!template) return;
  const label = (row) => row.querySelector("[data-label]");

  const addAfter = (row, text = "", synonyms = "") => {
    const added = template.content.cloneNode(true).firstElementChild;
    if (row) row.after(added);
    else list.append(added);
    label(added).value = text;
    if (text) renamed(added, text);
    added.querySelector('[name="value-synonyms"]').value = synonyms;
    return added;
  };

  // What follows a tab, as when two columns are pasted, are synonyms.
  const addLines = (text, row) => {
    const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    for (const line of lines) {
      const [name, ...rest] = line.split("\t");
      row = addAfter(row, name.trim(), rest.join(" ").trim());
    }
    announce(`${lines.length} values are added`);
    changed();
    return row;
  };

  const add = find("[data-add]");
  add.hidden = false;
  add.addEventListener("click", () => {
    label(addAfter(list.lastElementChild)).focus();
    changed();
  });

  find("[data-add-pasted]").addEventListener("click", (event) => {
    event.preventDefault();
    const box = find("[data-paste]");
    if (!box.value.trim()) return box.focus();
    const last = addLines(box.value, list.lastElementChild);
    box.value = "";
    box.closest("details").open = false;
    last.scrollIntoView({ block: "nearest" });
    label(last).focus();
  });

  list.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    const row = event.target.closest("[data-row]");
    const next = row.nextElementSibling;
    if (next && !label(next).value) return label(next).focus();
    label(addAfter(row)).focus();
    changed();
  });

  list.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!event.target.matches("[data-label]") || !text.trim().includes("\n")) return;
    event.preventDefault();
    const row = event.target.closest("[data-row]");
    const last = addLines(text, row);
    if (!event.target.value) row.remove();
    label(last).focus();
  });

  // Who types a name sees it in the names of the row's buttons too.
  list.addEventListener("input", (event) => {
    if (event.target.matches("[data-label]")) renamed(event.target.closest("[data-row]"), event.target.value);
  });
}

function renamed(row, name) {
  const words = { up: (it) => `Move ${it} up`, down: (it) => `Move ${it} down`, retire: (it) => `Retire ${it}`, restore: (it) => `Restore ${it}`, remove: (it) => `Remove ${it}` };
  for (const button of row.querySelectorAll("[data-do]")) button.setAttribute("aria-label", words[button.dataset.do](name || "the value"));
  row.querySelector('[name="value-synonyms"]').setAttribute("aria-label", `Synonyms of ${name || "the value"}`);
}

// Show the rows whose name, synonyms or code have what is typed.
function filterRows({ find, rows }) {
  const filter = find("[data-filter]");
  if (!filter) return;
  filter.hidden = false;
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const row of rows()) {
      const texts = [...row.querySelectorAll("input:not([type=hidden])")].map((input) => input.value);
      row.hidden = !`${texts.join("\n")}\n${row.textContent}`.toLowerCase().includes(wanted);
    }
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
