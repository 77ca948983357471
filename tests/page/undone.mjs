// The list of batches through a rewind; prints what it shows after each snapshot, and which batches were asked for.

import "./elements.mjs";

const { batches } = await import("./js/batches.js");

const line = (batch, root) => ({ batch, root_after: root, reason: "time", stage: "sealed", sealed: 1, committed: null, proven: null, settled: null, actions: 1, fills: 0, prove_seconds: null, commit_gas: null, settle_gas: null });
const told = [];
const asked = [];
globalThis.fetch = async (path) => {
  asked.push(path);
  const isList = path.startsWith("/v1/batches?");
  const body = isList ? { batches: [5, 4, 3, 2, 1].map((batch) => line(batch, `root ${batch}`)), next: null } : { error: { code: "NOT_FOUND", message: "no such batch" } };
  return { ok: isList, json: async () => body };
};

let hear;
const element = document.createElement("div");
await batches(element, { subscribe: (_, heard) => ((hear = heard), () => {}) }, Number(process.argv[2]));
const [body] = element.all("tbody");
const [empty] = element.all("p").filter((one) => one.textContent.startsWith("No batch"));
const show = (type, data) => {
  asked.length = 0;
  hear({ type, data });
  told.push({ rows: body.children.map((row) => [Number(row.dataset.batch), row.dataset.root]), empty: !empty.hidden, asked: [...asked] });
};
show("snapshot", [5, 4, 3, 2, 1].map((batch) => line(batch, `root ${batch}`)));
show("snapshot", [line(3, "other"), line(2, "root 2"), line(1, "root 1")]);
show("event", line(4, "new"));
show("snapshot", []);
console.log(JSON.stringify(told));
