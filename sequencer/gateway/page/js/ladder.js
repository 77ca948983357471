// The ladder: asks above, bids below, best ones at the spread. Rows are fixed; only what differs is written.

import { h, mark, panel, say } from "./dom.js";
import { share, text } from "./decimal.js";

const [FEWEST, MOST, ROW, AROUND] = [8, 24, 19, 270];
const GROUPS = [1, 10, 100, 1000];

export class Ladder {
  constructor(book) {
    this.book = book;
    this.group = 1n;
    const groups = h("select", { title: "Ticks to a level", "aria-label": "Ticks to a level" });
    groups.append(...GROUPS.map((count) => h("option", { value: count }, `${count}×`)));
    groups.addEventListener("change", () => {
      this.group = BigInt(groups.value);
      this.draw();
    });
    [this.element, this.body] = panel("Book", groups);
    this.element.classList.add("ladder");
    const fit = Math.floor((innerHeight - AROUND) / ROW / 2);
    this.count = Math.max(FEWEST, Math.min(MOST, fit));
    this.asks = Array.from({ length: this.count }, () => row("ask"));
    this.bids = Array.from({ length: this.count }, () => row("bid"));
    this.mid = h("span", { class: "num mid" });
    this.spread = h("span", { class: "quiet spread" });
    const head = h("div", { class: "line titles" }, ...["", "price", "size", "sum", "#"].map((name) => h("span", {}, name)));
    const between = h("div", { class: "between" }, this.mid, this.spread);
    this.empty = h("p", { class: "empty", hidden: true }, "Nobody quotes. Make a market: ", h("code", {}, "novate maker"));
    const rows = [...[...this.asks].reverse().map((one) => one.element), between, ...this.bids.map((one) => one.element)];
    this.body.append(head, ...rows, this.empty);
  }

  draw() {
    const { book } = this;
    const [asks, bids] = [book.levels("asks", this.group), book.levels("bids", this.group)];
    const last = (levels) => (levels.length ? levels[Math.min(this.count, levels.length) - 1].total : 0n);
    const most = last(asks) > last(bids) ? last(asks) : last(bids);
    this.asks.forEach((one, place) => write(one, asks[place], most, book));
    this.bids.forEach((one, place) => write(one, bids[place], most, book));
    this.empty.hidden = asks.length + bids.length > 0;
    const [bid, ask] = [book.best("bids"), book.best("asks")];
    if (bid === null || ask === null) {
      say(this.mid, "–");
      say(this.spread, "no spread: one side is empty");
      return;
    }
    const [gap, sum] = [ask - bid, ask + bid];
    const places = book.pricePlaces + 1;
    say(this.mid, text(sum * 5n, places));
    say(this.spread, `spread ${gap / book.tick} ticks · ${text((gap * 2000000n) / sum, 2)} bps`);
  }
}

function row(side) {
  const cells = ["shape", "price", "size", "sum", "count"].map((name) => h("span", { class: name === "shape" ? name : `num ${name}` }));
  const bar = h("i", { class: "bar" });
  cells[0].textContent = side === "bid" ? "▲" : "▼";
  return { cells, bar, element: h("div", { class: `line ${side}`, data: { empty: "" } }, bar, ...cells) };
}

function write({ cells, bar, element }, level, most, book) {
  mark(element, "empty", level ? null : "");
  const [, price, size, sum, count] = cells;
  say(price, level ? text(level.price, book.pricePlaces) : "·");
  say(size, level ? text(level.size, book.sizePlaces) : "");
  say(sum, level ? text(level.total, book.sizePlaces) : "");
  say(count, level ? String(level.orders) : "");
  bar.style.width = level ? `${100 * share(level.total, most)}%` : "0";
}
