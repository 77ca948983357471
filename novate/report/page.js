"use strict";
const run = JSON.parse(document.getElementById("run").textContent);
const byId = (id) => document.getElementById(id);

// ---------------------------------------------------------------------------------------------------- numbers
const number = (x, digits = 0) =>
  x.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (x) => `${number(100 * x, x > 0 && x < 0.0995 ? 1 : 0)}%`;
const signed = (x, digits) => (x > 0 ? "+" : x < 0 ? "−" : "") + number(Math.abs(x), digits);
const decimals = (step) => Math.max(0, Math.min(8, Math.ceil(-Math.log10(step) - 1e-9)));
const clock = (second) => new Date(second * 1000).toISOString().slice(11, 19);
const sum = (list) => list.reduce((a, b) => a + b, 0);

function ticks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw) || 1;
  const out = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-6; v += step) out.push(v);
  return out;
}
const linear = (low, high, from, to) => (v) => from + ((v - low) / (high - low || 1)) * (to - from);

// ---------------------------------------------------------------------------------------------------- elements
function element(space, name, attributes = {}, ...children) {
  const made = space ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}
const html = (name, attributes, ...children) => element(false, name, attributes, ...children);
const svg = (name, attributes, ...children) => element(true, name, attributes, ...children);
const label = (x, y, text, attributes = {}) => svg("text", { x, y, ...attributes }, text);

const tip = byId("tip");
function tell(target, text) {
  target.setAttribute("aria-label", text.replaceAll("\n", ", "));
  const show = () => {
    const box = target.getBoundingClientRect();
    tip.textContent = text;
    tip.hidden = false;
    const width = tip.offsetWidth, height = tip.offsetHeight;
    tip.style.left = `${Math.max(8, Math.min(innerWidth - width - 8, box.left + box.width / 2 - width / 2))}px`;
    tip.style.top = `${box.top > height + 16 ? box.top - height - 8 : box.bottom + 8}px`;
  };
  const hide = () => { tip.hidden = true; };
  target.addEventListener("pointerenter", show);
  target.addEventListener("focus", show);
  target.addEventListener("pointerleave", hide);
  target.addEventListener("blur", hide);
  return target;
}

// A drawing is made again whenever its width changes, so text keeps its size on every screen.
function drawn(host, title, draw) {
  const again = () => {
    const width = Math.max(280, host.clientWidth - parseFloat(getComputedStyle(host).paddingLeft) * 2);
    const old = host.querySelector("svg.drawing");
    const made = draw(width);
    made.setAttribute("class", "drawing");
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", title);
    if (old) old.replaceWith(made); else host.append(made);
  };
  let last = 0;
  new ResizeObserver(() => { if (host.clientWidth !== last) { last = host.clientWidth; again(); } }).observe(host);
}

function legend(entries) {
  return html("ul", { class: "legend" }, ...entries.map(([shape, text]) =>
    html("li", {}, svg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, shape), text)));
}
const square = (name) => svg("rect", { class: name, width: 14, height: 14, rx: 3 });
const diamond = (name, x = 7, y = 7, r = 6) =>
  svg("path", { class: name, d: `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z` });
function triangle(side, x, y, area) {
  const r = Math.sqrt(area), up = side === 0 ? -1 : 1;
  return `M${x} ${y + up * r}L${x + r} ${y - up * r * 0.75}L${x - r} ${y - up * r * 0.75}Z`;
}

function table(head, rows, foot = null) {
  const cell = (kind, value, place) => {
    const made = html(kind, place === 0 && kind === "th" ? { scope: "row" } : {});
    made.append(value instanceof Node ? value : String(value));
    return made;
  };
  const body = (row) => html("tr", {}, ...row.map((value, place) => cell(place ? "td" : "th", value, place)));
  return html("table", {},
    html("thead", {}, html("tr", {}, ...head.map((text, place) =>
      html("th", { scope: "col", class: place ? null : "left" }, text)))),
    html("tbody", {}, ...rows.map(body)),
    foot ? html("tfoot", {}, body(foot)) : null);
}

function copied(text, shown) {
  const button = html("button", { type: "button", class: "copy code", title: `${text} (copy)` }, shown);
  button.addEventListener("click", () => navigator.clipboard?.writeText(text));
  return button;
}
const short = (hex) => copied(hex, `${hex.slice(0, 10)}…`);

// ---------------------------------------------------------------------------------------------------- head
function head() {
  const gas = sum(run.batches.map((b) => b.commit_gas + b.settle_gas));
  const fills = sum(run.batches.map((b) => b.fills)), actions = sum(run.batches.map((b) => b.actions)), quotes = sum(run.batches.map((b) => b.quotes));
  const held = run.books.checks.every(([, holds]) => holds) && (!run.forgery || run.forgery.refused);
  byId("lead").textContent =
    `${run.markets.map((m) => m.name).join(" and ")}: ${run.recorded} recorded seconds at ${run.speed}× speed through ` +
    `sequencer, proof and chain, in ${number(run.seconds)} seconds, keys and chain included.`;
  const figures = [
    ["Batches settled", run.batches.length, `class ${run.key.class}, ${number(run.constraints)} constraints each`],
    ["Actions", number(actions), `${number(quotes)} quotes in sheets, ${number(fills)} fills`],
    ["Recorded volume replayed", percent(run.summary.share), `${number(run.summary.replayed / 1e6)} of ${number(run.summary.recorded / 1e6)}`],
    ["Price off by", `${number(run.summary.mean_basis_points, 2)} bp`, `mean by worth; worst ${number(run.summary.worst_basis_points, 1)} bp`],
    ["Gas", number(gas), `${number(gas / Math.max(1, actions))} an action`],
    ["Checks", held ? "all hold" : "FAILED", run.forgery ? "and the lie was refused" : ""],
  ];
  byId("figures").append(...figures.map(([name, value, more]) =>
    html("div", {}, html("dt", {}, name), html("dd", {}, String(value), html("small", {}, more)))));
}

// ---------------------------------------------------------------------------------------------------- prices
function spread(fills) {
  const count = new Map(), seen = new Map();
  for (const [second] of fills) count.set(second, (count.get(second) || 0) + 1);
  return fills.map((fill) => {
    const place = seen.get(fill[0]) || 0;
    seen.set(fill[0], place + 1);
    return fill[0] + (place + 0.5) / count.get(fill[0]);
  });
}

function extent(market) {
  const values = market.touch.flatMap(([, bid, ask]) => [bid, ask]).filter((v) => v !== null);
  values.push(...market.fills.map((fill) => fill[3]));
  const low = Math.min(...values), high = Math.max(...values), room = (high - low) * 0.06 || market.tick * 4;
  return [low - room, high + room];
}

function priceChart(market, width) {
  const height = width < 560 ? 260 : 340, left = 8, right = width - 76, top = 24, bottom = height - 26;
  const first = market.touch[0][0], last = market.touch.at(-1)[0] + 1, [low, high] = extent(market);
  const x = linear(first, last, left, right), y = linear(low, high, bottom, top);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, height });
  root.append(...shades(market, x, top, bottom, last));
  const digits = decimals(market.tick);
  for (const value of ticks(low, high, 5)) {
    root.append(svg("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }));
    root.append(label(right + 8, y(value) + 4, number(value, digits)));
  }
  for (const value of ticks(first, last, width / 120)) {
    root.append(label(x(value), height - 6, clock(Math.round(value)), { "text-anchor": "middle" }));
  }
  root.append(band(market, x, y));
  root.append(...marks(market, x, y, digits));
  return root;
}

function shades(market, x, top, bottom, last) {
  const spans = new Map();
  for (const [second, batch] of market.fills) {
    const span = spans.get(batch) || [second, second + 1];
    spans.set(batch, [Math.min(span[0], second), Math.max(span[1], second + 1)]);
  }
  const ordered = [...spans].sort((a, b) => a[0] - b[0]);
  return ordered.flatMap(([batch, [from]], place) => {
    const to = place + 1 < ordered.length ? ordered[place + 1][1][0] : last;
    const wide = Math.max(0, x(to) - x(from));
    const shade = place % 2 ? null : svg("rect", { class: "shade", x: x(from), y: top - 18, width: wide, height: bottom - top + 18 });
    return [shade, wide > 52 ? label(x(from) + 6, top - 5, `batch ${batch}`) : null].filter(Boolean);
  });
}

function band(market, x, y) {
  const known = market.touch.filter(([, bid, ask]) => bid !== null && ask !== null);
  const steps = (price) => known.flatMap((row, i) => [[row[0], price(row)], [known[i + 1]?.[0] ?? row[0] + 1, price(row)]]);
  const path = (points) => `M${points.map(([t, v]) => `${x(t).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}`;
  const around = [...steps(([, , ask]) => ask), ...steps(([, bid]) => bid).reverse()];
  return svg("g", {}, svg("path", { class: "band", d: `${path(around)}Z` }),
    svg("path", { class: "mid", d: path(steps(([, bid, ask]) => (bid + ask) / 2)) }));
}

function marks(market, x, y, digits) {
  const largest = Math.max(...market.fills.map((fill) => fill[4]), 1e-12);
  return spread(market.fills).map((when, i) => {
    const [, batch, side, price, size, taker, maker] = market.fills[i];
    const area = 7 + 60 * (size / largest);
    const mark = svg("path", { class: `fill ${side ? "sell" : "buy"}`, d: triangle(side, x(when), y(price), area) });
    return tell(mark, `${side ? "▼ sold" : "▲ bought"} ${size.toPrecision(4)} at ${number(price, digits)}\n` +
      `taker ${taker}, maker ${maker}, batch ${batch}`);
  });
}

function prices() {
  for (const market of run.markets) {
    const s = market.summary;
    const card = html("div", { class: "card" },
      html("div", { class: "head" }, html("h3", {}, market.name), html("p", {},
        `${number(s.fills)} fills, ${percent(s.share)} of the recorded volume, ` +
        `off by ${number(s.mean_basis_points, 2)} bp (worst ${number(s.worst_basis_points, 1)})`)));
    byId("price-charts").append(card);
    if (market.touch.length) drawn(card, `Price of ${market.name} with ${s.fills} fills`, (width) => priceChart(market, width));
  }
}

// ---------------------------------------------------------------------------------------------------- book
function bookChart(market, width) {
  const rows = [...market.asks].reverse().map((level) => [1, ...level]);
  const split = rows.length;
  rows.push(...market.bids.map((level) => [0, ...level]));
  const row = 21, height = rows.length * row + 30, price = 86, count = 92, from = price + 8, to = width - count;
  const totals = rows.map(([side], i) => sum(side ? rows.slice(i, split).map((r) => r[2]) : rows.slice(split, i + 1).map((r) => r[2])));
  const scale = linear(0, Math.max(...totals, 1e-12), 0, to - from);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, height });
  rows.forEach(([side, at, size, orders], i) => {
    const y = i * row + (i >= split ? 30 : 0), name = side ? "sell" : "buy";
    const bar = svg("g", { tabindex: 0 },
      svg("rect", { x: from, y: y + 3, height: row - 6, width: to - from, fill: "transparent" }),
      svg("rect", { class: `outline ${name}`, x: from, y: y + 3.5, height: row - 7, width: Math.max(1, scale(totals[i])), rx: 2, opacity: .45 }),
      svg("rect", { class: name, x: from, y: y + 3, height: row - 6, width: Math.max(1, scale(size)), rx: 2 }));
    root.append(label(price, y + 15, number(at, decimals(market.tick)), { "text-anchor": "end", class: name }));
    root.append(tell(bar, `${side ? "ask" : "bid"} ${number(at, decimals(market.tick))}\n${size.toPrecision(5)} in ${orders} orders\n${totals[i].toPrecision(5)} up to here`));
    root.append(label(width, y + 15, Number(size.toPrecision(4)).toString(), { "text-anchor": "end" }));
  });
  if (market.asks.length && market.bids.length) {
    const gap = market.asks[0][0] - market.bids[0][0];
    const points = (gap / market.asks[0][0]) * 1e4;
    root.append(label(from, split * row + 19, `spread ${number(gap, decimals(market.tick))} (${number(points, 2)} bp)`, { class: "strong" }));
  }
  return root;
}

function book() {
  for (const market of run.markets) {
    const card = html("div", { class: "card" }, html("div", { class: "head" },
      html("h3", {}, market.name), html("p", {}, `${market.asks.length} asks over ${market.bids.length} bids`)));
    byId("book-charts").append(card);
    drawn(card, `Book of ${market.name}`, (width) => bookChart(market, width));
  }
}

// ---------------------------------------------------------------------------------------------------- timeline
function timelineChart(width) {
  const row = 30, left = 66, right = width - 14, height = run.batches.length * row + 34;
  const last = Math.max(...run.batches.flatMap((b) => Object.values(b.stages)), 1);
  const x = linear(0, last, left, right);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, height });
  for (const value of ticks(0, last, width / 110)) {
    root.append(svg("line", { class: "grid", x1: x(value), x2: x(value), y1: 0, y2: height - 24 }));
    root.append(label(x(value), height - 6, `${number(value)} s`, { "text-anchor": "middle" }));
  }
  run.batches.forEach((batch, i) => root.append(...stages(batch, x, i * row)));
  return root;
}

function stages(batch, x, y) {
  const at = batch.stages, middle = y + 15;
  const bar = (name, from, to, thin, text) => from === undefined || to === undefined ? null : tell(svg("rect", {
    class: name, x: x(from), y: thin ? middle - 1.5 : middle - 8, height: thin ? 3 : 16, width: Math.max(2, x(to) - x(from)), rx: thin ? 1 : 3, tabindex: 0,
  }), text);
  const seconds = (from, to) => `${number(to - from, 1)} s`;
  const parts = [
    label(0, middle + 4, `batch ${batch.number}`, { class: "strong" }),
    bar("wait", at.sealed, at.settled ?? at.proven, true, `batch ${batch.number} waits`),
    bar("execute", at.begun, at.sealed, false, `batch ${batch.number}: ${batch.actions} actions in ${seconds(at.begun, at.sealed)}\n${number(1000 * batch.execute)} ms of it in the engine\nsealed: ${batch.reason}`),
    bar("prove", at.proving, at.proven, false, `batch ${batch.number}: proven in ${seconds(at.proving, at.proven)}\nwitness ${number(batch.witness, 2)} s, proof ${number(batch.prove, 1)} s`),
  ];
  for (const [stage, gas] of [["committed", batch.commit_gas], ["settled", batch.settle_gas]]) {
    if (at[stage] === undefined) continue;
    parts.push(tell(svg("g", { tabindex: 0 }, diamond(stage === "settled" ? "settle" : "execute", x(at[stage]), middle, 6)),
      `batch ${batch.number} ${stage}\n${number(gas)} gas`));
  }
  return parts.filter(Boolean);
}

function timeline() {
  const card = byId("timeline-chart");
  drawn(card, "Stages of every batch over time", timelineChart);
  card.after(legend([[square("execute"), "executes"], [diamond("execute"), "committed"], [square("wait"), "waits"],
    [square("prove"), "is proven"], [diamond("settle"), "settled"]]));
}

// ---------------------------------------------------------------------------------------------------- gas
function gasChart(width) {
  const row = 30, left = 66, right = width - 96, height = run.batches.length * row + 30;
  const most = Math.max(...run.batches.map((b) => b.commit_gas + b.settle_gas), 1);
  const x = linear(0, most, left, right);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, height });
  for (const value of ticks(0, most, width / 160)) {
    root.append(svg("line", { class: "grid", x1: x(value), x2: x(value), y1: 0, y2: height - 24 }));
    root.append(label(x(value), height - 6, number(value), { "text-anchor": "middle" }));
  }
  run.batches.forEach((batch, i) => {
    const y = i * row + 7, all = batch.commit_gas + batch.settle_gas;
    const about = `batch ${batch.number}\ncommit ${number(batch.commit_gas)}, settle ${number(batch.settle_gas)}\n${batch.deposits} deposits, ${batch.withdrawals} withdrawals`;
    root.append(label(0, y + 12, `batch ${batch.number}`, { class: "strong" }));
    root.append(tell(svg("g", { tabindex: 0 },
      svg("rect", { class: "execute", x: left, y, height: 16, width: x(batch.commit_gas) - left, rx: 2 }),
      svg("rect", { class: "settle", x: x(batch.commit_gas) + 1, y, height: 16, width: Math.max(0, x(all) - x(batch.commit_gas) - 1), rx: 2 })), about));
    root.append(label(x(all) + 8, y + 12, number(all)));
  });
  return root;
}

function gas() {
  byId("gas-say").textContent = `Commit and settle of each batch, under the rules of ${run.chain.hardfork}. Deposits and withdrawals are part of it; what was traded is not.`;
  const card = byId("gas-chart");
  drawn(card, "Gas of every batch", gasChart);
  card.after(legend([[square("execute"), "commit"], [square("settle"), "settle"]]));
}

// ---------------------------------------------------------------------------------------------------- tables
function capacity() {
  const names = Object.keys(run.batches[0]?.share || {}).filter((name) => run.batches.some((b) => b.share[name] > 0));
  const made = table(["batch", ...names.map((name) => name.replaceAll("_", " "))],
    run.batches.map((b) => [b.number, ...names.map((name) => percent(b.share[name]))]));
  made.classList.add("heat");
  [...made.tBodies[0].rows].forEach((row, i) => names.forEach((name, j) => {
    const cell = row.cells[j + 1];
    cell.style.setProperty("--s", Math.min(1, run.batches[i].share[name]));
    cell.title = `${run.batches[i].used[name]} slots`;
  }));
  byId("capacity-table").append(made);
}

const coloured = (x, digits) => html("span", { class: x > 0 ? "plus" : x < 0 ? "minus" : "faint" }, signed(x, digits));

function balances() {
  const { escrow, held, negative } = run.books;
  byId("balances-say").textContent = `At the last marks, in units of collateral. The contract holds ${held}; the escrow is ${escrow}. Sum of negative equity: ${negative}.`;
  const head = ["account", "cash", "equity", "initial margin", ...run.markets.map((m) => `position ${m.name}`), "withdrew", "in the owner's wallet"];
  const rows = run.accounts.map((a) => [
    a.account === 0 ? "0 (fees)" : a.account, number(a.cash, 2), coloured(a.equity, 2).textContent.replace("+", ""), number(a.required, 2),
    ...a.sizes.map((size) => coloured(size, 3)), a.withdrew ? number(a.withdrew, 2) : "", a.wallet ? number(a.wallet, 2) : "",
  ]);
  const total = (of) => sum(run.accounts.map(of));
  byId("balances-table").append(table(head, rows, ["all", number(total((a) => a.cash), 2), number(total((a) => a.equity), 2),
    number(total((a) => a.required), 2), ...run.markets.map((_, m) => number(Math.abs(total((a) => a.sizes[m])), 3)), number(total((a) => a.withdrew), 2), ""]));
}

function oracle() {
  const { reporters, liars, rounds, worst } = run.oracle;
  return html("div", { class: "card" }, html("h3", {}, "Prices, though some reporters lie"),
    html("ul", { class: "checks" },
      ...liars.map(([who, by]) => html("li", {}, html("span", { class: "bad" }, `+${number(by, 1)}%`), `what reporter ${who} of ${reporters} added to every price`)),
      html("li", {}, html("span", { class: "good" }, `${number(worst, 2)} bp`), `the most that a median is off the recorded price, in ${rounds} rounds`)));
}

function checks() {
  const mark = (holds, good, bad) => html("span", { class: holds ? "good" : "bad" }, holds ? `✓ ${good}` : `✗ ${bad}`);
  byId("checks-cards").append(html("div", { class: "card" }, html("h3", {}, "Both sides of the ledger"),
    html("ul", { class: "checks" }, ...run.books.checks.map(([name, holds]) => html("li", {}, mark(holds, "holds", "FAILS"), name)))));
  byId("checks-cards").append(oracle());
  const lie = run.forgery;
  if (!lie) return;
  const answers = [["the settlement contract", lie.contract], ["the settlement contract, on a copy of the chain where the lie was committed first", lie.committed], ["the verifier contract, asked directly", lie.verifier ? "" : "the proof does not hold"],
    ["the verifier in Python", lie.python]];
  byId("checks-cards").append(html("div", { class: "card" }, html("h3", {}, `The proof of batch ${lie.batch}, with one public word changed (${lie.name})`),
    html("ul", { class: "checks" }, ...answers.map(([who, reason]) => html("li", {}, mark(Boolean(reason), "refused", "TAKEN"), html("span", {}, `${who}: ${reason || "it took the lie"}`)))),
    html("div", { class: "words" }, html("div", {}, `proven  ${lie.before}`), html("div", {}, `sent    ${lie.after}`))));
}

function batches() {
  const head = ["batch", "actions", "quotes", "fills", "accounts", "book pages", "deposits", "withdrawals", "execute", "witness", "prove", "verify", "audit", "root before", "root after", "settled by"];
  const rows = run.batches.map((b) => [b.number, number(b.actions), number(b.quotes), number(b.fills), b.accounts, b.pages, b.deposits, b.withdrawals,
    `${number(b.execute + b.seal, 2)} s`, `${number(b.witness, 2)} s`, `${number(b.prove, 1)} s`, `${number(1000 * b.verify)} ms`, `${number(b.audit, 1)} s`,
    short(b.root_before), short(b.root_after), b.settle_transaction ? short(b.settle_transaction) : ""]);
  byId("batches-table").append(table(head, rows));
}

function foot() {
  const { key, chain, captures } = run;
  byId("foot").append(
    html("p", {}, `Novate ${run.novate}, seed ${run.seed}. Chain ${chain.id} (${chain.hardfork}), settlement `, html("span", { class: "code" }, chain.settlement),
      `. Class ${key.class}, circuit `, short(key.circuit), ", key ", short(key.digest), key.development ? ", made for development: whoever made it could forge proofs." : "."),
    html("p", {}, "Recordings: ", ...captures.flatMap((c, i) => [i ? "; " : "", `${c.file}, SHA-256 `, short(c.sha256)])));
}

// ---------------------------------------------------------------------------------------------------- theme
function theme() {
  const button = byId("theme"), root = document.documentElement;
  const set = (dark) => {
    root.dataset.theme = dark ? "dark" : "light";
    button.setAttribute("aria-pressed", String(dark));
    button.textContent = dark ? "Light" : "Dark";
  };
  set(matchMedia("(prefers-color-scheme: dark)").matches);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => set(event.matches));
  button.addEventListener("click", () => set(root.dataset.theme !== "dark"));
}

theme();
for (const part of [head, prices, book, timeline, gas, capacity, balances, checks, batches, foot]) part();
