// The guideline of a question, with its examples.
import { make } from "./dom.js";

// As elements; `viewer` knows where photos are.
export const guidelineOf = (question, viewer) => {
  const paragraphs = question.guideline.split(/\n{2,}/).filter(Boolean);
  return [
    ...(paragraphs.length || question.examples.length
      ? paragraphs.map((text) => make("p", { text }))
      : [make("p", { class: "text-secondary", text: "Nobody has written a guideline for this question." })]),
    ...question.examples.map(({ photo, caption }) =>
      make(
        "figure",
        { class: "example" },
        make("img", { src: viewer.address(photo, "web"), alt: caption || "Example" }),
        caption ? make("figcaption", { text: caption }) : null,
      ),
    ),
  ];
};
