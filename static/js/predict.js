// Trying a model: photos can be dropped anywhere on their box, and show what was chosen. The rest is a form.

const box = document.querySelector("[data-drop]");
const input = box.querySelector("input");
const chosen = box.querySelector("[data-chosen]");

box.addEventListener("dragover", (event) => {
  event.preventDefault();
  box.classList.add("is-over");
});
for (const name of ["dragleave", "drop"]) box.addEventListener(name, () => box.classList.remove("is-over"));
box.addEventListener("drop", (event) => {
  if (event.target === input) return; // The browser takes those itself.
  event.preventDefault();
  input.files = event.dataTransfer.files;
  show();
});
input.addEventListener("change", show);

async function show() {
  const files = [...input.files];
  const pictures = await Promise.all(files.map(picture));
  chosen.replaceChildren(...pictures);
}

// As data: addresses, for the site's content policy knows no blob: ones.
function picture(file) {
  return new Promise((done) => {
    const image = new Image();
    image.alt = file.name;
    const reader = new FileReader();
    reader.onload = () => {
      image.src = reader.result;
      done(image);
    };
    reader.onerror = () => done(image);
    reader.readAsDataURL(file);
  });
}
