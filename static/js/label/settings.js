// What a person chose for this browser.

const STORE = "attrx-label";

const kept = () => {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    return {};
  }
};

// {keys: single keys are commands, ahead: the next listings are fetched while somebody works}
export const settings = {
  keys: true,
  ahead: !navigator.connection?.saveData,
  ...kept(),
};

const asked = new URLSearchParams(location.search).get("ahead");
if (asked !== null) settings.ahead = asked !== "0";

// Let the ticks of a form say and change the settings that they are named after.
export const bindSettings = (form) => {
  for (const box of form.querySelectorAll("input[type=checkbox]")) {
    box.defaultChecked = settings[box.name];
    box.addEventListener("change", () => {
      box.defaultChecked = box.checked;
      settings[box.name] = box.checked;
      localStorage.setItem(STORE, JSON.stringify({ ...kept(), [box.name]: box.checked }));
    });
  }
};
