// Candles and volume, drawn out of the public history and kept up to date by the tape; the mark is a dashed line.

import { h, panel, s, say } from "./dom.js";
import { get } from "./api.js";
import { padded, placesOf, share, text, units } from "./decimal.js";
import { clock, now } from "./moment.js";

const INTERVALS = { "1m": 60e3, "5m": 300e3, "15m": 900e3, "1h": 3600e3, "4h": 14400e3 };
const [RIGHT, FOOT, VOLUME] = [78, 18, 56];
const [FEWEST, MOST] = [40, 120];
const [LINES, LABEL] = [6, 14];

export class Candles {
  constructor(market) {
    this.market = market;
    this.places = [placesOf(market.tick), placesOf(market.lot)];
    this.interval = "1m";
    this.candles = new Map();
    this.mark = null;
    this.buttons = Object.keys(INTERVALS).map((name) => h("button", { type: "button", click: () => this.turn(name) }, name));
    this.note = h("span", { class: "num quiet" });
    [this.element, this.body] = panel("Candles", this.note, h("span", { class: "choice" }, ...this.buttons));
    this.element.classList.add("candles");
    [this.width, this.height] = [900, 330];
    this.svg = s("svg", { role: "img", "aria-label": "Candles" });
    new ResizeObserver(([{ contentRect }]) => this.resize(contentRect)).observe(this.svg);
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => say(this.note, ""));
    this.empty = h("p", { class: "empty", hidden: true }, "No trades yet. Make some: ", h("code", {}, "novate maker"));
    this.body.append(this.svg, this.empty);
  }

  resize({ width, height }) {
    if (!width || !height) return;
    [this.width, this.height] = [width, height];
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.draw();
  }

  async turn(interval) {
    this.interval = interval;
    await this.load();
  }

  /** Ask for the candles of this interval again. */
  async load() {
    const asked = this.interval;
    this.buttons.forEach((button) => button.setAttribute("aria-pressed", button.textContent === asked));
    const answer = await get(`markets/${this.market.symbol}/candles?interval=${asked}&limit=${MOST}`);
    if (asked !== this.interval) return;
    this.candles = new Map(answer.candles.map((candle) => [candle.time, this.whole(candle)]));
    this.draw();
  }

  whole(candle) {
    const [price, size] = this.places;
    const [open, high, low, close] = ["open", "high", "low", "close"].map((name) => units(candle[name], price));
    return { time: candle.time, open, high, low, close, volume: units(candle.volume, size) };
  }

  /** A trade belongs to the candle of its time. */
  add(trade) {
    const length = INTERVALS[this.interval];
    const time = Math.floor(trade.time / length) * length;
    const [price, size] = [units(trade.price, this.places[0]), units(trade.size, this.places[1])];
    const candle = this.candles.get(time);
    if (!candle) {
      this.candles.set(time, { time, open: price, high: price, low: price, close: price, volume: size });
      return;
    }
    candle.close = price;
    candle.high = candle.high > price ? candle.high : price;
    candle.low = candle.low < price ? candle.low : price;
    candle.volume += size;
  }

  shown() {
    const length = INTERVALS[this.interval];
    const last = Math.floor(now() / length) * length;
    const known = [...this.candles.values()].filter((candle) => candle.time > last - MOST * length).sort((a, b) => a.time - b.time);
    const since = known.length ? (last - known[0].time) / length + 3 : FEWEST;
    this.slots = Math.max(FEWEST, Math.min(MOST, since));
    this.first = last - (this.slots - 1) * length;
    this.slot = (this.width - RIGHT) / this.slots;
    return known;
  }

  draw() {
    const shown = this.shown();
    this.empty.hidden = shown.length > 0;
    this.svg.replaceChildren();
    if (!shown.length) return;
    const prices = shown.flatMap((candle) => [candle.low, candle.high]);
    if (this.mark !== null) prices.push(coarse(this.mark, this.places[0]));
    let [low, high] = [prices.reduce((a, b) => (a < b ? a : b)), prices.reduce((a, b) => (a > b ? a : b))];
    const pad = (high - low) / 12n + 1n;
    [low, high] = [low - pad, high + pad];
    const most = shown.reduce((most, candle) => (candle.volume > most ? candle.volume : most), 1n);
    const floor = this.height - FOOT - VOLUME;
    const view = {
      x: (time) => ((time - this.first) / INTERVALS[this.interval] + 0.5) * this.slot,
      y: (price) => floor * (1 - share(price - low, high - low)),
      height: (volume) => (VOLUME - 8) * share(volume, most),
      bottom: this.height - FOOT,
      body: Math.max(1, Math.min(11, Math.floor(this.slot * 0.62))),
    };
    this.svg.append(...this.grid(low, high, view), ...shown.flatMap((candle) => stick(candle, view)), ...this.marked(low, high, view));
  }

  grid(low, high, { x, y }) {
    const parts = [];
    const step = nice((high - low) / BigInt(LINES));
    const marked = this.mark === null ? null : y(coarse(this.mark, this.places[0]));
    for (let price = low - (low % step) + step; price < high; price += step) {
      parts.push(s("line", { class: "grid", x1: 0, x2: this.width - RIGHT, y1: y(price), y2: y(price) }));
      if (marked !== null && Math.abs(y(price) - marked) < LABEL) continue;
      parts.push(s("text", { class: "axis", x: this.width - RIGHT + 8, y: y(price) + 4 }, text(price, this.places[0])));
    }
    const length = INTERVALS[this.interval];
    const every = length * Math.max(1, Math.ceil(this.slots / 8 / 5) * 5);
    for (let time = Math.ceil(this.first / every) * every; time < this.first + this.slots * length; time += every) {
      if (x(time) < 20 || x(time) > this.width - RIGHT - 20) continue;
      parts.push(s("text", { class: "axis", x: x(time), y: this.height - 4, "text-anchor": "middle" }, clock(time).slice(0, 5)));
    }
    return parts;
  }

  marked(low, high, { y }) {
    if (this.mark === null) return [];
    const price = coarse(this.mark, this.places[0]);
    if (price < low || price > high) return [];
    return [
      s("line", { class: "mark", x1: 0, x2: this.width - RIGHT, y1: y(price), y2: y(price) }),
      s("text", { class: "axis mark", x: this.width - RIGHT + 8, y: y(price) + 4 }, padded(this.mark, this.places[0])),
    ];
  }

  point(event) {
    const box = this.svg.getBoundingClientRect();
    const slot = Math.floor((event.clientX - box.left) / this.slot);
    const candle = this.candles.get(this.first + slot * INTERVALS[this.interval]);
    const price = (name) => text(candle[name], this.places[0]);
    say(this.note, candle ? `${clock(candle.time).slice(0, 5)}  O ${price("open")}  H ${price("high")}  L ${price("low")}  C ${price("close")}  V ${text(candle.volume, this.places[1])}` : "");
  }
}

function stick(candle, { x, y, height, bottom: floor, body }) {
  const [middle, rises] = [x(candle.time), candle.close >= candle.open];
  const name = rises ? "up" : "down";
  const [top, bottom] = rises ? [candle.close, candle.open] : [candle.open, candle.close];
  const tall = Math.max(1, y(bottom) - y(top));
  const volume = height(candle.volume);
  return [
    s("line", { class: `wick ${name}`, x1: middle, x2: middle, y1: y(candle.high), y2: y(candle.low) }),
    s("rect", { class: `stick ${name}`, x: middle - body / 2, y: y(top), width: body, height: tall }),
    s("rect", { class: `volume ${name}`, x: middle - body / 2, y: floor - volume, width: body, height: volume }),
  ];
}

/** A price in whole steps of so many places, rounded down: for drawing, where a step is less than a pixel. */
function coarse(price, places) {
  const more = Math.max(0, placesOf(price) - places);
  return units(price, places + more) / 10n ** BigInt(more);
}

/** The next of 1, 2, 5, 10, 20, 50, ... */
function nice(step) {
  for (let power = 1n; ; power *= 10n) {
    for (const factor of [1n, 2n, 5n]) if (factor * power >= step) return factor * power;
  }
}
