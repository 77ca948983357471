// Status: how far each stage is and how old what waits for it, proofs in progress, the mode, and what is public.

import { get } from "./api.js";
import { fact, h, num, panel } from "./dom.js";
import { heard, now, span, stamp } from "./moment.js";
import { Lookup } from "./receipt.js";

const EVERY = 2000;
const JOBS = 12;
const PUBLIC = `Public: every price level and trade, marks and who reported them, deposits and withdrawals with their
  accounts and addresses, the roots and all public words of each batch, and its proof. Not public: who owns an order, who
  traded, what anyone holds or is worth; these are served to the account's own key alone. The operator sees them: it sequences.`;

/** Draw the screen into an element; returns how to leave it. */
export async function status(element, socket, hash) {
  const [headsPanel, headsBody] = panel("Stages");
  const [jobsPanel, jobsBody] = panel("Proofs in progress");
  const [statePanel, stateBody] = panel("Sequencer");
  const [publicPanel, publicBody] = panel("What is public");
  publicBody.append(h("p", { class: "prose" }, PUBLIC.replace(/\s+/g, " ")));
  const lookup = new Lookup(hash);
  const left = h("div", { class: "column" }, headsPanel, jobsPanel, publicPanel);
  element.append(h("div", { class: "overview" }, left, h("div", { class: "column" }, lookup.element, statePanel)));

  const draw = (answer) => {
    heard(answer.time);
    headsBody.replaceChildren(heads(answer));
    jobsBody.replaceChildren(jobs(answer));
    stateBody.replaceChildren(state(answer));
  };
  const load = () => get("status").then(draw, () => {});
  const timer = setInterval(load, EVERY);
  const stops = [
    socket.subscribe("status", (push) => draw([push.data].flat()[0])),
    socket.subscribe("batches", (push) => push.type === "event" && lookup.again()),
  ];
  await load();
  return () => {
    clearInterval(timer);
    stops.forEach((stop) => stop());
  };
}

function heads(answer) {
  const rows = answer.heads.map((head) => {
    const isLate = head.limit_ms > 0 && head.age_ms > head.limit_ms;
    const bar = h("i", { class: "bar" });
    bar.style.width = head.limit_ms ? `${Math.min(100, (100 * head.age_ms) / head.limit_ms)}%` : "0";
    return h(
      "tr",
      { data: { stage: head.stage, late: isLate ? "yes" : "no" } },
      h("th", { scope: "row" }, head.stage),
      h("td", {}, head.batch > 0 ? h("a", { class: "num", href: head.stage === "open" ? "#/batches" : `#/batches/${head.batch}` }, String(head.batch)) : num("–")),
      h("td", {}, num(stamp(head.time))),
      h("td", {}, num(head.age_ms ? span(head.age_ms) : "nothing waits")),
      h("td", {}, h("span", { class: "track" }, bar)),
      h("td", {}, num(head.limit_ms ? span(head.limit_ms) : "–")),
      h("td", {}, isLate ? "✕ late" : "✓"),
    );
  });
  const titles = ["stage", "batch", "reached", "oldest waits", "", "limit", ""];
  return h("table", { class: "stages" }, h("thead", {}, h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title)))), h("tbody", {}, ...rows));
}

function jobs(answer) {
  if (!answer.jobs.length) return h("p", { class: "quiet" }, answer.waiting_proofs ? `${answer.waiting_proofs} batches wait for a prover: novate prover serve` : "None: every sealed batch is proven.");
  return h(
    "div",
    {},
    ...answer.jobs.slice(0, JOBS).map((job) => {
      const bar = h("i", { class: "bar" });
      const whole = job.expected_end === null ? null : job.running_ms + job.expected_end - answer.time;
      bar.style.width = whole > 0 ? `${Math.min(100, (100 * job.running_ms) / whole)}%` : "0";
      const end = job.expected_end === null ? "no estimate yet" : job.expected_end > now() ? `about ${span(job.expected_end - now())} left` : "any moment";
      return h(
        "div",
        { class: "job", data: { state: job.state } },
        h("a", { class: "num", href: `#/batches/${job.batch}` }, String(job.batch)),
        h("span", {}, job.state, job.step ? h("span", { class: "quiet" }, ` ${job.step}`) : null),
        h("span", { class: "track" }, bar),
        num(span(job.running_ms)),
        h("span", { class: "quiet" }, job.error || end, job.attempt > 1 ? `, attempt ${job.attempt}` : "", job.worker ? `, ${job.worker}` : ""),
      );
    }),
    answer.jobs.length > JOBS ? h("p", { class: "quiet more" }, `and ${answer.jobs.length - JOBS} more that wait`) : null,
  );
}

function state(answer) {
  const mode = h("b", { data: { mode: answer.mode } }, answer.mode);
  const why = { normal: "everything is taken", reduced: "only cancels, reads and withdrawals go on", halted: "nothing is taken" }[answer.mode];
  return h(
    "dl",
    { class: "facts" },
    ...[
      fact("mode", mode, " ", h("span", { class: "quiet" }, answer.reason || why)),
      fact("journal", num(String(answer.seq))),
      fact("actions waiting", num(String(answer.waiting_actions))),
      fact("proofs waiting", num(String(answer.waiting_proofs))),
      fact("chain", answer.chain_trouble ? h("b", { class: "bad" }, answer.chain_trouble) : h("span", {}, answer.chain_block ? num(`block ${answer.chain_block}`) : "not heard from yet")),
      fact("sockets", num(String(answer.sockets))),
      fact("version", num(answer.version)),
    ].flat(),
  );
}
