// The market's screen: every market in a row, one of them with candles, depth, book and tape.

import { get } from "./api.js";
import { Book } from "./book.js";
import { Candles } from "./candles.js";
import { padded, percent, placesOf, units } from "./decimal.js";
import { Depth } from "./depth.js";
import { fact, h, mark, num, say } from "./dom.js";
import { Ladder } from "./ladder.js";
import { age, now } from "./moment.js";
import { Tape } from "./tape.js";

const PRICES_EVERY = 2000;
const CANDLES_EVERY = 30000;

/** Draw the screen into an element; returns how to leave it. */
export async function market(element, socket, symbol) {
  const { markets } = await get("markets");
  const chosen = markets.find((one) => one.symbol === symbol) ?? markets[0];
  if (!chosen) {
    element.append(h("p", { class: "empty" }, "No market is listed."));
    return () => {};
  }
  const [row, show] = tickers(markets, chosen);
  const headline = new Headline(chosen);
  const book = new Book(chosen);
  const [ladder, depth, tape, candles] = [new Ladder(book), new Depth(book), new Tape(chosen), new Candles(chosen)];
  const left = h("div", { class: "column" }, candles.element, depth.element);
  element.append(row, headline.element, h("div", { class: "trading" }, left, ladder.element, tape.element));

  const dirty = new Set([ladder, depth, tape]);
  const drawing = setInterval(() => {
    for (const part of dirty) part.draw();
    dirty.clear();
  }, 100);
  const stops = [
    socket.subscribe(`book.${chosen.symbol}`, (push) => {
      book.take(push);
      dirty.add(ladder).add(depth);
    }),
    socket.subscribe(`trades.${chosen.symbol}`, (push) => {
      tape.take(push);
      dirty.add(tape);
      if (push.type === "event") dirty.add((candles.add(push.data), candles));
    }),
    ...markets.map((one) =>
      socket.subscribe(`ticker.${one.symbol}`, (push) => {
        const ticker = push.type === "snapshot" ? push.data[0] : push.data;
        show(ticker);
        if (ticker.symbol === chosen.symbol) headline.ticker(ticker);
      }),
    ),
  ];
  const prices = async () => {
    const answer = await get("prices").catch(() => null);
    const price = answer?.marks.find((one) => one.symbol === chosen.symbol);
    if (!price) return;
    headline.price(price);
    if (candles.mark !== price.mark) dirty.add(candles);
    candles.mark = price.mark;
  };
  const load = () => candles.load().catch(() => {});
  const timers = [setInterval(prices, PRICES_EVERY), setInterval(load, CANDLES_EVERY), setInterval(() => headline.tick(), 500)];
  stops.push(socket.watch((isUp) => isUp && load()));
  await prices();
  return () => {
    [drawing, ...timers].forEach(clearInterval);
    stops.forEach((stop) => stop());
  };
}

/** The row of all markets, and what to call with a ticker. */
function tickers(markets, chosen) {
  const cells = new Map();
  const row = h("div", { class: "tickers" });
  for (const one of markets) {
    const last = h("span", { class: "num last" }, "–");
    const change = h("span", { class: "num change" }, "");
    const link = h("a", { href: `#/market/${one.symbol}`, data: { symbol: one.symbol } }, h("b", {}, one.symbol), last, change);
    if (one === chosen) link.setAttribute("aria-current", "true");
    cells.set(one.symbol, { last, change, places: placesOf(one.tick) });
    row.append(link);
  }
  const show = (ticker) => {
    const { last, change, places } = cells.get(ticker.symbol);
    const price = ticker.last ?? ticker.mark;
    say(last, padded(price, places));
    const [from, to] = [ticker.open_24h, ticker.last].map((text) => (text === null ? null : units(text, places)));
    const moved = from === null || to === null ? null : to - from;
    say(change, moved === null ? "" : `${moved > 0n ? "▲" : moved < 0n ? "▼" : "■"} ${percent(moved, from)}`);
    mark(change, "sign", moved === null ? null : moved > 0n ? "up" : moved < 0n ? "down" : "flat");
  };
  return [row, show];
}

/** The chosen market in one line: mark and its age, last, the day, interest, terms. */
class Headline {
  constructor(terms) {
    this.places = placesOf(terms.tick);
    this.sizes = placesOf(terms.lot);
    this.cells = Object.fromEntries(["mark", "age", "last", "high_24h", "low_24h", "volume_24h", "trades_24h", "open_interest"].map((name) => [name, num("–", { data: { field: name } })]));
    const { mark: price, age: since, last, high_24h, low_24h, volume_24h, trades_24h, open_interest } = this.cells;
    since.classList.add("quiet");
    this.state = h("span", { class: "state" }, terms.is_open ? "open" : "reduce-only");
    this.element = h("dl", { class: "headline" });
    this.element.append(
      h("div", {}, h("dt", {}, h("b", { class: "symbol" }, terms.symbol)), h("dd", {}, this.state)),
      ...[
        fact("mark", price, " ", since),
        fact("last", last),
        fact("24 h high", high_24h),
        fact("24 h low", low_24h),
        fact(`24 h volume, ${terms.base}`, volume_24h),
        fact("24 h trades", trades_24h),
        fact(`open interest, ${terms.base}`, open_interest),
        fact("tick / lot", num(`${terms.tick} / ${terms.lot}`)),
        fact("initial margin", num(terms.initial_margin)),
        fact("fee maker / taker", num(`${terms.maker_fee} / ${terms.taker_fee}`)),
      ].map((pair) => h("div", {}, ...pair)),
    );
  }

  ticker(ticker) {
    for (const name of ["last", "high_24h", "low_24h"]) say(this.cells[name], padded(ticker[name], this.places));
    for (const name of ["volume_24h", "open_interest"]) say(this.cells[name], padded(ticker[name], this.sizes));
    say(this.cells.trades_24h, String(ticker.trades_24h));
  }

  price(price) {
    this.known = price;
    say(this.cells.mark, padded(price.mark, this.places));
    say(this.state, price.is_fresh ? "open" : price.mark === null ? "no price yet" : "stale: reduce-only");
    mark(this.element, "stale", price.is_fresh ? null : "");
    this.tick();
  }

  tick() {
    if (this.known) say(this.cells.age, this.known.round ? `${age(now() - 1000 * this.known.round)} old` : "never priced");
  }
}
