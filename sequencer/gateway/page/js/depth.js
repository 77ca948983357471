// The depth curve: how many lots wait up to each price, and what a size would cost beyond the middle.

import { h, panel, s, say } from "./dom.js";
import { share, text } from "./decimal.js";

const [HEIGHT, FOOT] = [150, 16];
const LEVELS = 60;

export class Depth {
  constructor(book) {
    this.book = book;
    this.note = h("span", { class: "num quiet" });
    [this.element, this.body] = panel("Depth", this.note);
    this.element.classList.add("depth");
    this.bids = s("path", { class: "area bid" });
    this.asks = s("path", { class: "area ask" });
    this.middle = s("line", { class: "middle", y1: 0, y2: HEIGHT - FOOT });
    this.cross = s("line", { class: "cross", y1: 0, y2: HEIGHT - FOOT, visibility: "hidden" });
    this.labels = ["start", "middle", "end"].map((anchor) => s("text", { class: "axis", "text-anchor": anchor, y: HEIGHT - 3 }));
    this.width = 720;
    this.svg = s("svg", { role: "img", "aria-label": "Depth of both sides" });
    new ResizeObserver(([{ contentRect }]) => this.resize(contentRect.width)).observe(this.svg);
    this.svg.append(this.bids, this.asks, this.middle, this.cross, ...this.labels);
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.leave());
    this.body.append(this.svg);
  }

  resize(width) {
    if (!width) return;
    this.width = width;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.draw();
  }

  draw() {
    const { book } = this;
    const [bids, asks] = [book.levels("bids").slice(0, LEVELS), book.levels("asks").slice(0, LEVELS)];
    if (!bids.length || !asks.length) {
      this.curve = null;
      for (const shape of [this.bids, this.asks]) shape.setAttribute("d", "");
      this.labels.forEach((label) => say(label, ""));
      return;
    }
    const middle = (bids[0].price + asks[0].price) / 2n;
    const reaches = [middle - bids.at(-1).price, asks.at(-1).price - middle];
    const reach = reaches[0] > reaches[1] ? reaches[0] : reaches[1];
    const [low, high] = [middle - reach - 1n, middle + reach + 1n];
    const most = bids.at(-1).total > asks.at(-1).total ? bids.at(-1).total : asks.at(-1).total;
    const x = (price) => this.width * share(price - low, high - low);
    const y = (total) => (HEIGHT - FOOT) * (1 - 0.94 * share(total, most));
    this.curve = { bids, asks, low, high, middle };
    this.bids.setAttribute("d", steps(bids, x, y, 0));
    this.asks.setAttribute("d", steps(asks, x, y, this.width));
    for (const name of ["x1", "x2"]) this.middle.setAttribute(name, x(middle));
    [low, middle, high].forEach((price, place) => {
      this.labels[place].setAttribute("x", [2, this.width / 2, this.width - 2][place]);
      say(this.labels[place], text(price, book.pricePlaces));
    });
  }

  /** What could be traded up to the price under the pointer, and how far from the middle that is. */
  point(event) {
    if (!this.curve) return;
    const { low, high, middle, bids, asks } = this.curve;
    const box = this.svg.getBoundingClientRect();
    const part = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    const price = low + ((high - low) * BigInt(Math.round(part * 10000))) / 10000n;
    const levels = price < middle ? bids.filter((level) => level.price >= price) : asks.filter((level) => level.price <= price);
    const total = levels.length ? levels.at(-1).total : 0n;
    const away = price < middle ? middle - price : price - middle;
    for (const name of ["x1", "x2"]) this.cross.setAttribute(name, part * this.width);
    this.cross.setAttribute("visibility", "visible");
    const size = text(total, this.book.sizePlaces);
    say(this.note, `${size} up to ${text(price, this.book.pricePlaces)} · ${text((away * 1000000n) / middle, 2)} bps from the middle`);
  }

  leave() {
    this.cross.setAttribute("visibility", "hidden");
    say(this.note, "");
  }
}

function steps(levels, x, y, edge) {
  const floor = HEIGHT - FOOT;
  let path = `M${x(levels[0].price).toFixed(1)} ${floor}`;
  for (const level of levels) path += `H${x(level.price).toFixed(1)}V${y(level.total).toFixed(1)}`;
  return `${path}H${edge}V${floor}Z`;
}
