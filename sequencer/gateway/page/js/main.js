// The page: which screen the address names, what the header says, and the keys.

import { get } from "./api.js";
import { batches } from "./batches.js";
import { h, mark, say } from "./dom.js";
import { market } from "./market.js";
import { age, clock, heard, now } from "./moment.js";
import { Socket } from "./socket.js";
import { status } from "./status.js";

const RETRY = 1000;
const KEYS = [["1  2  3", "market, batches, status"], ["[  ]", "the market before, the next"], ["↑ ↓  j k", "from batch to batch"], ["/", "look up a receipt"], ["t", "dark or light"], ["click", "on a number or hash copies it"], ["?", "this list"]];
const SCREENS = {
  market: (element, socket, name) => market(element, socket, name),
  batches: (element, socket, name) => batches(element, socket, name ? Number(name) : null),
  status: (element, socket, name) => status(element, socket, name),
};
const [screen, said, link] = ["screen", "said", "link"].map((id) => document.getElementById(id));
const socket = new Socket();
let leave = () => {};
let turn = 0;

/** Show the screen that the address names; if the API does not answer yet, try again. */
async function show() {
  const mine = (turn += 1);
  leave();
  leave = () => {};
  const [, name = "market", rest] = location.hash.split("/");
  const draw = SCREENS[name] ?? SCREENS.market;
  for (const tab of document.querySelectorAll("nav a")) {
    if (tab.dataset.screen === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  const element = h("div", { class: `screen ${name}` });
  try {
    const stop = await draw(element, socket, rest ? decodeURIComponent(rest) : null);
    if (mine !== turn) return stop();
    leave = stop;
    screen.replaceChildren(element);
    document.title = `${rest ?? name} · Novate`;
  } catch (problem) {
    if (mine !== turn) return;
    screen.replaceChildren(h("p", { class: "empty" }, `The sequencer does not answer (${problem.message}). Start it: `, h("code", {}, "novate up")));
    setTimeout(() => mine === turn && show(), RETRY);
  }
}

/** The header: last batch of each stage, mode, whether what is shown is live. */
function header() {
  const heads = document.getElementById("heads");
  const mode = document.getElementById("mode");
  const draw = (answer) => {
    heard(answer.time);
    const late = (head) => (head.limit_ms > 0 && head.age_ms > head.limit_ms ? "yes" : "no");
    heads.replaceChildren(...answer.heads.map((head) => h("span", { data: { stage: head.stage, late: late(head) }, title: `last batch ${head.stage}` }, `${head.stage} `, h("b", { class: "num" }, head.batch || "–"))));
    say(mode, answer.mode === "normal" ? "" : answer.mode);
    mark(mode, "mode", answer.mode);
  };
  const tick = () => {
    say(document.getElementById("clock"), `${clock(now())} UTC`);
    say(link, socket.isUp ? "live" : `as of ${age(Date.now() - socket.downSince)} ago, reconnecting`);
  };
  socket.subscribe("status", (push) => draw([push.data].flat()[0]));
  socket.watch((isUp) => {
    mark(document.body, "live", isUp ? "yes" : "no");
    tick();
  });
  setInterval(tick, 1000);
  setInterval(() => socket.isUp && get("status").then(draw, () => {}), 5000);
}

function copy(event) {
  const target = event.target.closest("[data-copy], .num:not(a)");
  if (!target || !getSelection().isCollapsed) return;
  const text = target.dataset.copy ?? target.textContent.replaceAll("\u2009", "");
  if (!text || text === "–") return;
  navigator.clipboard?.writeText(text).then(() => {
    say(said, `copied ${text.length > 40 ? `${text.slice(0, 38)}…` : text}`);
    mark(said, "shown", "");
    setTimeout(() => mark(said, "shown", null), 1500);
  }, () => {});
}

function theme() {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  root.dataset.theme = (root.dataset.theme ?? (isDark ? "dark" : "light")) === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}

function help() {
  const dialog = document.getElementById("keys");
  const rows = KEYS.flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)]);
  dialog.replaceChildren(h("h2", {}, "Keys"), h("dl", {}, ...rows), h("form", { method: "dialog" }, h("button", {}, "close")));
  dialog.showModal();
}

function neighbour(step) {
  const links = [...document.querySelectorAll(".tickers a")];
  const here = links.findIndex((one) => one.hasAttribute("aria-current"));
  links[(here + step + links.length) % links.length]?.click();
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, dialog")) return;
  const act = {
    1: () => (location.hash = "#/market"),
    2: () => (location.hash = "#/batches"),
    3: () => (location.hash = "#/status"),
    "[": () => neighbour(-1),
    "]": () => neighbour(1),
    t: theme,
    "?": help,
    "/": async () => {
      if (!location.hash.startsWith("#/status")) location.hash = "#/status";
      for (let tries = 0; tries < 50 && !document.getElementById("hash"); tries += 1) await new Promise((done) => setTimeout(done, 40));
      document.getElementById("hash")?.focus();
    },
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
}

const chosen = localStorage.getItem("theme");
if (chosen) document.documentElement.dataset.theme = chosen;
document.getElementById("theme").addEventListener("click", theme);
document.getElementById("help").addEventListener("click", help);
document.addEventListener("click", copy);
document.addEventListener("keydown", key);
addEventListener("hashchange", show);
header();
show();
