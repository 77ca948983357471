// Batches: the list with their stages on the left, one of them with all that is public of it on the right.

import { get } from "./api.js";
import { Detail } from "./batch.js";
import { grouped } from "./decimal.js";
import { h, mark, num, panel } from "./dom.js";
import { lampsOf } from "./lamps.js";
import { clock, span } from "./moment.js";

const TITLES = ["batch", "stages", "sealed at", "actions", "fills", "proof", "gas", "to settled"];

/** Draw the screen into an element; returns how to leave it. */
export async function batches(element, socket, number) {
  const rows = new Map();
  const body = h("tbody");
  const head = h("thead", {}, h("tr", {}, ...TITLES.map((title) => h("th", { scope: "col" }, title))));
  const [list, inside] = panel("Batches", h("span", { class: "quiet" }, "↑ ↓ to move"));
  const empty = h("p", { class: "empty", hidden: true }, "No batch is sealed yet. Trade, or seal what there is: ", h("code", {}, "novate batch seal"));
  const older = h("button", { type: "button", class: "older", hidden: true }, "older batches");
  inside.append(h("table", { class: "lines" }, head, body), empty, older);
  list.classList.add("list");
  const detail = new Detail();
  element.append(h("div", { class: "explorer" }, list, detail.element));
  let cursor = null;
  let chosen = number;

  const put = (line) => {
    const fresh = row(line);
    if (rows.has(line.batch)) rows.get(line.batch).replaceWith(fresh);
    else body.insertBefore(fresh, [...body.children].find((other) => Number(other.dataset.batch) < line.batch) ?? null);
    rows.set(line.batch, fresh);
    empty.hidden = true;
    mark(fresh, "chosen", line.batch === chosen ? "" : null);
  };
  const choose = async (batch) => {
    chosen = batch;
    for (const [known, one] of rows) mark(one, "chosen", known === batch ? "" : null);
    await detail.show(batch);
  };
  const more = async () => {
    const answer = await get(`batches?limit=50${cursor ? `&cursor=${cursor}` : ""}`);
    answer.batches.forEach(put);
    cursor = answer.next;
    older.hidden = cursor === null;
  };
  older.addEventListener("click", more);
  body.addEventListener("keydown", walk);
  await more();
  empty.hidden = rows.size > 0;
  const newest = rows.size ? Math.max(...rows.keys()) : null;
  if (chosen ?? newest) await choose(chosen ?? newest);

  const stop = socket.subscribe("batches", (push) => {
    if (push.type === "snapshot") {
      const dropped = undone(rows.keys(), push.data);
      for (const batch of dropped) {
        rows.get(batch).remove();
        rows.delete(batch);
      }
      empty.hidden = rows.size > 0 || push.data.length > 0;
      if (dropped.includes(chosen)) detail.show(chosen);
    }
    for (const line of [push.data].flat()) {
      const root = rows.get(line.batch)?.dataset.root; // another one: the batch was sequenced again
      put(line);
      if (line.batch === chosen && (push.type === "event" || root !== line.root_after)) detail.show(line.batch);
    }
    if (chosen === null && rows.size) choose(Math.max(...rows.keys()));
  });
  return () => {
    stop();
    detail.leave();
  };
}

/** Of the batches that are shown, those above the newest there is: a snapshot stands for all that was told before. */
function undone(shown, snapshot) {
  const newest = Math.max(0, ...snapshot.map((line) => line.batch));
  return [...shown].filter((batch) => batch > newest);
}

function row(line) {
  const gas = line.commit_gas === null && line.settle_gas === null ? null : (line.commit_gas ?? 0) + (line.settle_gas ?? 0);
  const settled = line.settled === null || line.sealed === null ? "–" : span(line.settled - line.sealed);
  const cell = (text, more = {}) => h("td", more, num(text));
  return h(
    "tr",
    { data: { batch: line.batch, root: line.root_after } },
    h("td", {}, h("a", { class: "num", href: `#/batches/${line.batch}` }, String(line.batch))),
    h("td", {}, lampsOf(line)),
    cell(clock(line.sealed), { title: line.reason }),
    cell(grouped(line.actions)),
    cell(grouped(line.fills)),
    cell(line.prove_seconds === null ? "–" : `${line.prove_seconds.toFixed(1)} s`),
    cell(grouped(gas), { title: `commit ${grouped(line.commit_gas)}, settle ${grouped(line.settle_gas)}` }),
    cell(settled),
  );
}

/** Arrow keys and j, k go from row to row. */
function walk(event) {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  const here = event.target.closest("tr");
  if (!step || !here) return;
  const next = step > 0 ? here.nextElementSibling : here.previousElementSibling;
  if (next) {
    event.preventDefault();
    const link = next.querySelector("a");
    link.focus();
    link.click();
  }
}
