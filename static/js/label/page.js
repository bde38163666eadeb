// The labelling screen: puts its parts together and listens to the keyboard.
import { Commands } from "./commands.js";
import { Desk } from "./desk.js";
import { chooseByDigits, mention, sendByKey } from "./dialogs.js";
import { Keys, writes } from "./keys.js";
import { Leases } from "./leases.js";
import { Outbox } from "./outbox.js";
import { Panel } from "./panel.js";
import { Past } from "./past.js";
import { Problems } from "./problems.js";
import { Reading } from "./reading.js";
import { Replies } from "./replies.js";
import { Server } from "./server.js";
import { bindSettings, settings } from "./settings.js";
import { Status } from "./status.js";
import { Upcoming } from "./upcoming.js";
import { Viewer } from "./viewer.js";

const AHEAD = 2; // beside the one in work

const page = JSON.parse(document.getElementById("work-page").textContent);
const root = document.querySelector("[data-work]");
const dialogs = Object.fromEntries(
  [...document.querySelectorAll("dialog[data-dialog]")].map((dialog) => [dialog.dataset.dialog, dialog]),
);

const server = new Server(page);
const keys = new Keys(page.keys);
const outbox = await Outbox.open(server);
const leases = new Leases(server);
const upcoming = new Upcoming({
  server,
  leases,
  outbox,
  wanted: page.wanted,
  ahead: () => (settings.ahead ? AHEAD : 0),
  taken: () => desk.turns,
});
const viewer = new Viewer(root.querySelector("[data-viewer]"), page.addresses);
const status = new Status(document, { server, outbox });
const past = new Past(server, upcoming);
const panel = new Panel(root.querySelector("[data-panel]"), keys, {
  activate: (index) => commands.do("activate", index),
  confirm: () => commands.do("confirm"),
  pick: (code) => commands.do("pick", code),
  state: (state) => commands.do("state", state),
  evidence: () => commands.do("evidence"),
  erase: () => commands.do("erase"),
  mark: (number) => viewer.mark(number),
  wrong: () => commands.do("wrong"),
  read: (place) => commands.do("read", place),
  place: () => reading.place,
});
const reading = new Reading(root.querySelector("[data-reading]"), page.addresses, {
  read: (place) => commands.do("read", place),
});
const desk = new Desk(root, { upcoming, past, viewer, panel, reading, status, server });
const commands = new Commands({ root, desk, outbox, leases, viewer, panel, reading, status, past, dialogs });
const problems = new Problems({
  dialog: dialogs.problems,
  button: document.querySelector("[data-problem-count]"),
  outbox,
  upcoming,
  server,
});
new Replies({ desk, commands, outbox, leases, upcoming, problems, status, server, root });

viewer.addEventListener("photo", () => panel.choices && panel.sync());
desk.addEventListener("hungry", () => commands.do("next"));

// A key is a command unless somebody writes or chooses elsewhere.
addEventListener("keydown", (event) => {
  const { target } = event;
  const { choices } = panel;
  const isSearch = target === choices?.input;
  if (target.closest("dialog") || (!isSearch && target.matches("input:not([type=range]), textarea, select"))) return;
  if (target.matches("[type=range]") && /^(Arrow|Page)/.test(event.key)) return;
  const presses = event.key === " " || (event.key === "Enter" && !target.closest("[data-questions] .choices"));
  if (presses && target.matches("button, a, summary, label")) return;
  const command = keys.command(event, choices ?? {});
  if (!command) {
    if (choices?.searching && !isSearch && writes(event)) choices.input.focus();
    return;
  }
  const [name, argument] = command;
  if (name === "erase" && choices?.searching && choices.typed) {
    if (!isSearch) choices.input.focus();
    return; // The browser takes the letter away.
  }
  if (!settings.keys && [...event.key].length === 1) return;
  event.preventDefault();
  if (desk.isWaiting) return; // Nobody answers what they do not see yet.
  commands.do(name, argument);
});

// What a button says it does.
addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  commands.do(button.dataset.do, button.dataset.by ? Number(button.dataset.by) : undefined);
  // Whoever clicks goes on with the keyboard where they were.
  if (event.detail) button.blur();
});

bindSettings(dialogs.help.querySelector("form"));
[dialogs.skip, dialogs.postpone].forEach(chooseByDigits);
sendByKey(dialogs.unclear);
const text = dialogs.remark.querySelector("textarea");
mention(text, dialogs.remark.querySelector("[data-people]"), page.people);
root.querySelector("[data-do=screen]").hidden = !document.fullscreenEnabled;

// First what was on the desk before a reload, if it can be had again.
commands.run(async () => {
  document.querySelector(".plain").remove();
  root.hidden = false;
  document.querySelector("[data-commands]").hidden = false;
  const begun = page.item && upcoming.begin(page.item, Desk.remembered).catch(() => {});
  outbox.start();
  await problems.count();
  await begun;
  await desk.next();
});
