// A figure's definition opens by itself when the pointer rests on its name or the keyboard comes to it. Pressing the
// name opens it as well, which needs no script (templates/training/_defined.html).

const REST = 120; // ms from the pointer's coming or going to the definition's
let waiting;

const around = (node) => node.closest?.(".defined");
const told = (defined) => defined.querySelector(".definition");

function show(defined) {
  if (defined.isConnected && !told(defined).matches(":popover-open")) told(defined).showPopover({ source: defined.querySelector(".defined-term") });
}

function hide(defined) {
  if (told(defined).matches(":popover-open")) told(defined).hidePopover();
}

function soon(act, defined) {
  clearTimeout(waiting);
  waiting = setTimeout(act, REST, defined);
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "touch" && around(event.target)) soon(show, around(event.target));
});

// Not when it goes to the definition, which can then be read and copied from.
document.addEventListener("pointerout", (event) => {
  const defined = around(event.target);
  if (defined && event.pointerType !== "touch" && !defined.contains(event.relatedTarget)) soon(hide, defined);
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches(".defined-term:focus-visible")) show(around(event.target));
});

document.addEventListener("focusout", (event) => {
  if (event.target.matches(".defined-term")) hide(around(event.target));
});
