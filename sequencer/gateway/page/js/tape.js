// The tape: trades as they happen, newest first. It stands still under the pointer.

import { h, mark, panel, say } from "./dom.js";
import { padded, placesOf } from "./decimal.js";
import { exact } from "./moment.js";

const [FEWEST, MOST, ROW, AROUND] = [16, 50, 19, 210];

export class Tape {
  constructor(market) {
    this.places = [placesOf(market.tick), placesOf(market.lot)];
    this.trades = [];
    this.isHeld = false;
    this.note = h("span", { class: "quiet" });
    [this.element, this.body] = panel("Trades", this.note);
    this.element.classList.add("tape");
    const titles = h("div", { class: "line titles" }, ...["", "price", "size", "time", "batch"].map((name) => h("span", {}, name)));
    this.count = Math.max(FEWEST, Math.min(MOST, Math.floor((innerHeight - AROUND) / ROW)));
    this.rows = Array.from({ length: this.count }, row);
    this.empty = h("p", { class: "empty" }, "No trades yet. Make some: ", h("code", {}, "novate maker"));
    this.body.append(titles, ...this.rows.map((one) => one.element), this.empty);
    this.body.addEventListener("pointerenter", () => this.hold(true));
    this.body.addEventListener("pointerleave", () => this.hold(false));
  }

  hold(isHeld) {
    this.isHeld = isHeld;
    say(this.note, isHeld ? "held" : "");
    if (!isHeld) this.draw();
  }

  take(push) {
    if (push.type === "snapshot") this.trades = push.data.slice(0, MOST);
    else this.trades = [push.data, ...this.trades].slice(0, MOST);
  }

  draw() {
    if (this.isHeld) return;
    this.empty.hidden = this.trades.length > 0;
    this.rows.forEach((one, place) => write(one, this.trades[place], this.places));
  }
}

function row() {
  const cells = ["shape", "num price", "num size", "num time"].map((name) => h("span", { class: name }));
  const batch = h("a", { class: "num batch" });
  return { cells, batch, element: h("div", { class: "line" }, ...cells, batch) };
}

function write({ cells, batch, element }, trade, [price, size]) {
  element.hidden = !trade;
  if (!trade) return;
  mark(element, "side", trade.side);
  mark(element, "id", trade.id);
  say(cells[0], trade.side === "buy" ? "▲" : "▼");
  say(cells[1], padded(trade.price, price));
  say(cells[2], padded(trade.size, size));
  say(cells[3], exact(trade.time));
  say(batch, String(trade.batch));
  batch.href = `#/batches/${trade.batch}`;
}
