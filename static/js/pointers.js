// Wheel, mouse and fingers on a stage: one pointer pans, two pinch, a double click or tap zooms, a finger swipes.

const WHEEL = 400; // pixels of scrolling for a factor of e
const LINE = 16; // pixels, for browsers that scroll by lines
const SWIPE = 50;

export const watchPointers = (stage, { pan, zoom, double, swipe = () => {} }) => {
  const pointers = new Map();
  let began = null; // where a finger that is alone came down

  const fromMiddle = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };

  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, fromMiddle(event));
    began = event.pointerType === "touch" && pointers.size === 1 ? fromMiddle(event) : null;
    stage.classList.add("is-moving");
  });

  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = fromMiddle(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (!other) {
      pan(now[0] - before[0], now[1] - before[1]);
      return;
    }
    const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
    zoom(apart(now) / Math.max(1, apart(before)), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  });

  const letGo = (event) => {
    pointers.delete(event.pointerId);
    if (!pointers.size) stage.classList.remove("is-moving");
  };
  stage.addEventListener("pointerup", (event) => {
    const now = fromMiddle(event);
    const [right, down] = began ? [now[0] - began[0], now[1] - began[1]] : [0, 0];
    letGo(event);
    if (Math.abs(right) > SWIPE && Math.abs(right) > 2 * Math.abs(down)) swipe(right < 0 ? 1 : -1);
  });
  stage.addEventListener("pointercancel", letGo);

  stage.addEventListener("dblclick", (event) => double(...fromMiddle(event)));
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(Math.exp((-event.deltaY * (event.deltaMode ? LINE : 1)) / WHEEL), ...fromMiddle(event));
    },
    { passive: false },
  );
};
