// A receipt by its hash: what became of an action, and how final that is. The two are kept apart.

import { get } from "./api.js";
import { hash } from "./batch.js";
import { fact, h, num, panel } from "./dom.js";
import { at, STAGES } from "./lamps.js";
import { stamp } from "./moment.js";

export class Lookup {
  constructor(wanted) {
    [this.element, this.body] = panel("Receipt");
    this.element.classList.add("receipt");
    this.field = h("input", { type: "search", id: "hash", placeholder: "hash of an action, 0x…  ( / )", spellcheck: "false", autocomplete: "off", "aria-label": "Hash of an action" });
    this.answer = h("div", { class: "answer" });
    const form = h("form", { submit: (event) => this.asked(event) }, this.field, h("button", { type: "submit" }, "look up"));
    this.body.append(form, this.answer);
    this.invite();
    if (wanted) this.look(wanted);
  }

  invite() {
    const how = h("code", {}, "novate order … --json");
    this.answer.replaceChildren(h("p", { class: "quiet" }, "Every action is answered with its hash; ", how, " prints it."));
  }

  asked(event) {
    event.preventDefault();
    const wanted = this.field.value.trim().toLowerCase();
    if (wanted) location.hash = `#/status/${wanted}`;
    else this.invite();
  }

  /** Show the receipt of a hash, or say what the API says. */
  async look(wanted) {
    this.wanted = wanted;
    this.field.value = wanted;
    try {
      const receipt = await get(`receipts/${encodeURIComponent(wanted)}`);
      if (this.wanted === wanted) this.answer.replaceChildren(ladder(receipt), facts(receipt));
    } catch (problem) {
      if (this.wanted === wanted) this.answer.replaceChildren(h("p", { class: "empty" }, problem.message));
    }
  }

  /** Ask again: a receipt grows more final. */
  again() {
    if (this.wanted) this.look(this.wanted);
  }
}

/** Received, sequenced, then the stages of its batch. */
function ladder(receipt) {
  const steps = [["received", true], ["sequenced", true], ...STAGES.map((stage) => [stage, at(receipt.stage) >= at(stage)])];
  return h("ol", { class: "finality" }, ...steps.map(([name, on]) => h("li", { data: { stage: name, on: on ? "yes" : "no" } }, h("i", { class: "dot" }), name)));
}

function facts(receipt) {
  const numbers = Object.entries(receipt.numbers).map(([name, value]) => h("span", { class: "pair" }, `${name} `, num(String(value))));
  return h(
    "dl",
    { class: "facts" },
    ...[
      fact("outcome", h("b", { data: { status: receipt.status } }, receipt.status), ` ${receipt.code}`, ...numbers),
      fact("kind", receipt.kind.replaceAll("_", " ")),
      fact("journal", num(String(receipt.seq))),
      fact("time", num(stamp(receipt.time)), " UTC"),
      fact("batch", h("a", { class: "num", href: `#/batches/${receipt.batch}` }, String(receipt.batch)), receipt.amended ? ` sequenced again ${receipt.amended} times` : ""),
      fact("commit transaction", hash(receipt.commit_tx)),
      fact("settle transaction", hash(receipt.settle_tx)),
      fact("hash", hash(receipt.hash)),
    ].flat(),
  );
}
