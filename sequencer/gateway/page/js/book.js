// A book: levels by price, in whole ticks and lots, fed by snapshots and deltas.

import { placesOf, units } from "./decimal.js";

export class Book {
  /** `market` is the API's object: its tick and lot give the places of prices and sizes. */
  constructor(market) {
    this.pricePlaces = placesOf(market.tick);
    this.sizePlaces = placesOf(market.lot);
    this.tick = units(market.tick, this.pricePlaces);
    this.sides = { bids: new Map(), asks: new Map() };
  }

  take(push) {
    if (push.type === "snapshot") {
      for (const side of ["bids", "asks"]) {
        this.sides[side] = new Map(push.data[side].map((level) => this.level(level.price, level.size, level.orders)));
      }
      return;
    }
    for (const side of ["bids", "asks"]) {
      for (const [price, size, orders] of push.data[side]) {
        const [key, level] = this.level(price, size, orders);
        if (level.size === 0n) this.sides[side].delete(key);
        else this.sides[side].set(key, level);
      }
    }
  }

  level(price, size, orders) {
    const key = units(price, this.pricePlaces);
    return [key, { price: key, size: units(size, this.sizePlaces), orders }];
  }

  /** Levels of a side, best first, so many ticks to a level, with the sum of sizes from the best on. */
  levels(side, group = 1n) {
    const step = this.tick * group;
    const together = new Map();
    for (const { price, size, orders } of this.sides[side].values()) {
      const base = price - (price % step);
      const key = side === "bids" || base === price ? base : base + step;
      const level = together.get(key) ?? { price: key, size: 0n, orders: 0 };
      level.size += size;
      level.orders += orders;
      together.set(key, level);
    }
    const sign = side === "bids" ? -1 : 1;
    const sorted = [...together.values()].sort((a, b) => sign * (a.price < b.price ? -1 : a.price > b.price ? 1 : 0));
    let total = 0n;
    for (const level of sorted) level.total = total += level.size;
    return sorted;
  }

  /** The best price of a side, null if it is empty. */
  best(side) {
    let best = null;
    for (const price of this.sides[side].keys()) {
      if (best === null || (side === "bids" ? price > best : price < best)) best = price;
    }
    return best;
  }
}
