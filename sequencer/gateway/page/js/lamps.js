// Stages as lamps: how final something is, in shape as well as in colour.

import { h } from "./dom.js";

export const STAGES = ["sealed", "committed", "proven", "settled"];
const ORDER = ["open", ...STAGES];

/** A lamp for each stage; `reached` says whether. Commitment and proof may come in either order. */
export function lamps(reached) {
  const lit = STAGES.filter(reached);
  const names = lit.length ? lit.join(", ") : "not sealed yet";
  const one = (stage) => h("i", { class: "lamp", data: { stage, on: reached(stage) ? "yes" : "no" } }, stage === "settled" ? "✓" : stage[0].toUpperCase());
  return h("span", { class: "lamps", role: "img", "aria-label": names, title: names }, STAGES.map(one));
}

/** Lamps of a line of the list of batches. */
export function lampsOf(line) {
  return lamps((stage) => line[stage] !== null || at(line.stage) >= at(stage));
}

/** A stage's place among the stages. */
export function at(stage) {
  return ORDER.indexOf(stage);
}
