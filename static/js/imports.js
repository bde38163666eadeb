// The page of columns: the columns that another one holds come and go with its meaning. The rest is htmx.

const form = document.getElementById("plan");

form.addEventListener("change", (event) => {
  const holder = event.target.closest("[data-column]");
  if (!holder) return;
  for (const row of form.querySelectorAll("[data-holder]")) {
    if (row.dataset.holder === holder.dataset.column) row.hidden = event.target.value !== "expand";
  }
});
