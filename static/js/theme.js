// Follow the system's light or dark scheme; loaded before the body so that nothing flashes.
const dark = matchMedia("(prefers-color-scheme: dark)");
const apply = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
dark.addEventListener("change", apply);
// Paper is white: charts draw themselves anew for it, as for every change.
addEventListener("beforeprint", () => document.documentElement.setAttribute("data-bs-theme", "light"));
addEventListener("afterprint", apply);
apply();
// On a phone the links of the site scroll sideways: the one of this page is in sight.
addEventListener("DOMContentLoaded", () => {
  const nav = document.querySelector(".nav-links");
  const here = nav?.querySelector("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
});
