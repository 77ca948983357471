// One batch: its stages on a line of time, what went in and out, what was proven under which key, and how to check it.

import { get } from "./api.js";
import { grouped } from "./decimal.js";
import { fact, h, num, panel } from "./dom.js";
import { lampsOf } from "./lamps.js";
import { clock, span, stamp } from "./moment.js";
import { decoded } from "./words.js";

const STEPS = [["sealed", "sealed"], ["committed", "committed"], ["proven", "proven"], ["settled", "settled"]];

export class Detail {
  constructor() {
    this.title = h("span", { class: "num" });
    [this.element, this.body] = panel("Batch", this.title);
    this.element.classList.add("detail");
    this.body.append(h("p", { class: "empty" }, "Choose a batch."));
    this.opened = new Set();
  }

  /** Show a batch, or say why it cannot be shown. What was open stays open. */
  async show(number) {
    this.wanted = number;
    let batch;
    try {
      batch = await get(`batches/${number}`);
    } catch (problem) {
      if (this.wanted === number) this.body.replaceChildren(h("p", { class: "empty" }, `Batch ${number}: ${problem.message}`));
      return;
    }
    if (this.wanted !== number) return;
    const place = this.body.scrollTop;
    this.title.textContent = `${number}`;
    this.body.replaceChildren(
      verify(batch),
      timeline(batch.line),
      identity(batch),
      this.folded("Prices used", prices(batch), true),
      this.folded("Deposits and withdrawals", money(batch), batch.deposits.length + batch.withdrawals.length > 0),
      this.folded("What it holds", contents(batch), true),
      this.folded("Public words", words(batch), false),
    );
    this.body.scrollTop = place;
  }

  leave() {
    this.wanted = null;
  }

  folded(title, content, isOpen) {
    const open = this.opened.has(title) || (isOpen && !this.opened.has(`-${title}`));
    const element = h("details", { open }, h("summary", {}, title), content);
    element.addEventListener("toggle", () => {
      for (const name of [title, `-${title}`]) this.opened.delete(name);
      this.opened.add(element.open ? title : `-${title}`);
    });
    return element;
  }
}

/** The command with which anyone checks the batch, from chain data alone. */
function verify(batch) {
  const button = h("button", { type: "button", data: { copy: batch.verify } }, "copy");
  return h(
    "div",
    { class: "verify" },
    h("span", { class: "quiet" }, "Verify it yourself"),
    h("code", { class: "command" }, batch.verify),
    button,
  );
}

/** Stages in the order they came, with what lay between. */
function timeline(line) {
  const seen = STEPS.map(([name, field]) => [name, line[field]]).sort((a, b) => (a[1] ?? Infinity) - (b[1] ?? Infinity));
  const parts = [];
  let before = null;
  for (const [name, time] of seen) {
    const gap = before !== null && time !== null ? `+${span(time - before)}` : "";
    parts.push(
      h("li", { data: { stage: name, on: time === null ? "no" : "yes" } }, h("span", { class: "gap num" }, gap), h("i", { class: "dot" }), h("b", {}, name), num(time === null ? "waits" : clock(time))),
    );
    before = time ?? before;
  }
  const whole = line.settled !== null && line.sealed !== null ? `settled ${span(line.settled - line.sealed)} after it was sealed` : "";
  return h("div", { class: "timeline" }, h("ol", {}, ...parts), h("p", { class: "quiet" }, lampsOf(line), " ", whole));
}

function identity(batch) {
  const { line } = batch;
  const label = batch.key_label === null ? "no key known" : batch.key_label === "development" ? "development keys: whoever made them could forge a proof" : batch.key_label;
  const facts = [
    fact("root before", hash(line.root_before)),
    fact("root after", hash(line.root_after)),
    fact("circuit", hash(batch.circuit)),
    fact("verifying key", hash(batch.key), " ", h("span", { class: "label", data: { key: batch.key_label ?? "" } }, label)),
    fact("class", line.size_class, h("span", { class: "quiet" }, `  sealed because: ${line.reason.replaceAll("_", " ")}`)),
    fact("batch clock", num(stamp(1000 * line.clock)), " UTC"),
    fact("journal", num(`${line.first_seq} – ${line.last_seq}`)),
    fact("gas", "commit ", num(grouped(line.commit_gas)), "  settle ", num(grouped(line.settle_gas))),
    fact("commit transaction", hash(line.commit_tx)),
    fact("settle transaction", hash(line.settle_tx)),
    fact("contract", hash(batch.contract), h("span", { class: "quiet" }, `  chain ${batch.chain_id}`)),
    fact("seconds", ...Object.entries(batch.seconds).map(([name, value]) => h("span", { class: "pair" }, `${name} `, num(String(value))))),
    fact("proof", hash(batch.proof)),
  ];
  return h("dl", { class: "facts" }, ...facts.flat());
}

/** A hash in short; a click copies all of it. */
export function hash(value) {
  if (!value) return h("span", { class: "quiet" }, "–");
  const short = value.length > 26 ? `${value.slice(0, 14)}…${value.slice(-8)}` : value;
  return h("span", { class: "num hash", title: value, data: { copy: value } }, short);
}

function table(titles, rows) {
  const head = h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title)));
  const cells = (row) => h("tr", {}, ...row.map((cell) => h("td", {}, cell instanceof Node ? cell : num(cell ?? "–"))));
  return h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows.map(cells)));
}

function prices(batch) {
  const symbols = Object.keys(batch.marks).filter((symbol) => batch.marks[symbol] !== null || batch.reports.length);
  if (!symbols.length) return h("p", { class: "quiet" }, "No market has a price yet.");
  const who = batch.reports.map((report) => `reporter ${report.reporter}`);
  const rows = symbols.map((symbol) => [symbol, batch.marks[symbol], ...batch.reports.map((report) => report.prices[symbol])]);
  const said = batch.reports.length ? `Round ${stamp(1000 * batch.round)} UTC, signed by ${batch.reports.length}; the mark is their median.` : "This batch took no new round: marks stay as they were.";
  return h("div", {}, h("p", { class: "quiet" }, said), table(["market", "mark", ...who], rows));
}

function money(batch) {
  const parts = [];
  if (batch.deposits.length) parts.push(table(["deposit", "account", "amount"], batch.deposits.map((one) => [String(one.index), String(one.account), one.amount])));
  if (batch.withdrawals.length) parts.push(table(["withdrawal to", "amount"], batch.withdrawals.map((one) => [hash(one.owner), one.amount])));
  return parts.length ? h("div", {}, ...parts) : h("p", { class: "quiet" }, "None in this batch.");
}

/** Actions by kind, and how much of the class was used. */
function contents(batch) {
  const kinds = Object.entries(batch.actions_by_kind).map(([kind, count]) => h("span", { class: "pair" }, `${kind.replaceAll("_", " ")} `, num(grouped(count))));
  const used = Object.entries(batch.capacity).filter(([name]) => batch.used[name]);
  const bars = used.map(([name, most]) => {
    const bar = h("i", { class: "bar" });
    bar.style.width = `${(100 * batch.used[name]) / most}%`;
    return h("div", { class: "meter" }, h("span", {}, name.replaceAll("_", " ")), h("span", { class: "track" }, bar), num(`${grouped(batch.used[name])} / ${grouped(most)}`));
  });
  return h("div", {}, h("p", { class: "kinds" }, ...kinds), h("div", { class: "meters" }, ...bars));
}

function words(batch) {
  const sent = `${batch.sent_words.length} of ${batch.words.length} words are sent to the contract, the others are zero.`;
  const rows = decoded(batch.sent_words).map(([place, name, word, meaning]) => [String(place), h("span", {}, name), hash(word), h("span", { class: "num meaning" }, meaning)]);
  return h("div", { class: "words" }, h("p", { class: "quiet" }, sent), table(["", "word", "value", "means"], rows));
}
