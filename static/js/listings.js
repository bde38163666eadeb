// The list of listings: ticking many at once, and how many are ticked. Without it the form works as well.
const form = document.querySelector("[data-act]");
if (form) {
  const ticks = [...form.querySelectorAll("[data-tick]")];
  const all = form.querySelector("[data-tick-all]");
  const count = form.querySelector("[data-count]");
  const ticked = form.querySelector("[data-scope-ticked]");
  let last = null;

  const show = () => {
    const number = ticks.filter((tick) => tick.checked).length;
    count.textContent = `(${number})`;
    all.checked = number > 0 && number === ticks.length;
    all.indeterminate = number > 0 && number < ticks.length;
  };

  // With shift, everything from the last one that was ticked.
  const upTo = (tick, event) => {
    if (event.shiftKey && last) {
      const [from, to] = [ticks.indexOf(last), ticks.indexOf(tick)].sort((a, b) => a - b);
      for (const between of ticks.slice(from, to + 1)) between.checked = tick.checked;
    }
    last = tick;
    ticked.checked = true;
    show();
  };

  for (const tick of ticks) tick.addEventListener("click", (event) => upTo(tick, event));
  all.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = all.checked;
    ticked.checked = true;
    show();
  });
  for (const hidden of form.querySelectorAll("[data-tick-all], [data-tick-all-label], [data-count]")) hidden.hidden = false;
  addEventListener("pageshow", show);
  show();
}
