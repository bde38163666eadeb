// The vote as a bar: each answer with its name and count, and below it what people said.
import { make } from "./dom.js";

// `on` is {read(place)}: what a click on a part does; `place` the vote that is read.
export const voteBar = (question, place, on) => {
  const { suggestion: votes, others } = question;
  const chains = votes.total > 1 ? `${votes.total} chains` : "the vote";
  return make(
    "div",
    { class: "vote" },
    row(votes.source, chains, votes.all.map((vote, at) => modelPart(question, vote, at, place, on))),
    others.length ? row("People", `${others.length}`, peopleParts(question)) : null,
  );
};

const row = (who, count, parts) =>
  make(
    "div",
    { class: "vote-row", role: "group", "aria-label": `${who}, ${count}` },
    make("span", { class: "vote-who" }, make("strong", { text: who }), ` ${count}`),
    make("div", { class: "vote-bar" }, parts),
  );

const modelPart = (question, vote, at, place, on) => {
  const votes = question.suggestion;
  const name = vote.answer ? question.words(vote.answer) : vote.words;
  const told = `${name}: ${votes.counted(vote.share)}`;
  const part = make(
    "button",
    {
      type: "button",
      class: `vote-part vote-${vote.tint} ${vote.answer ? "" : "is-none"}`,
      "aria-pressed": `${at === place}`,
      "aria-label": `${told}. Read its reasoning`,
      title: told,
      onclick: () => on.read(at),
    },
    make("span", { class: "vote-name", text: name }),
    make("span", { class: "vote-count", text: votes.counted(vote.share).replace(/ .*/, "") }),
  );
  part.style.flexGrow = vote.share;
  return part;
};

// What people say: a part for each answer, with who.
const peopleParts = (question) => {
  const byAnswer = new Map();
  for (const answer of question.others) {
    const words = question.words(answer);
    byAnswer.set(words, [...(byAnswer.get(words) ?? []), answer]);
  }
  return [...byAnswer].map(([words, answers]) => {
    const vote = question.suggestion.of(answers[0]);
    const who = answers.map(({ by }) => by).join(", ");
    const part = make(
      "span",
      { class: `vote-part vote-${vote?.tint ?? "other"} is-people`, title: `${words}: ${who}` },
      make("span", { class: "vote-name", text: `${words} · ${who}` }),
    );
    part.style.flexGrow = answers.length;
    return part;
  });
};
