// The public words of a batch, decoded as docs/statement.md lists them. Fields from the lowest bit up; a test compares them
// with the layout that circuits and contract are made from.

export const FIRST = ["class", "chain id", "contract", "version", "batch", "root before", "root after", "clock", "marks 0-6", "mark 7", "counts"];
export const FIELDS = {
  clock: [["clock", 36], ["round", 36], ["priced", 1]],
  counts: [["deposits", 16], ["requests", 16], ["withdrawals", 16]],
  deposit: [["account", 24], ["amount", 60], ["new", 1]],
  withdrawal: [["owner", 168], ["amount", 60]],
};
const MARK_BITS = 36n;
const DEPOSIT_PARTS = ["deposit", "key", "owner"];

/** Fields of a packed word. */
export function unpack(fields, word) {
  const found = {};
  let rest = word;
  for (const [name, bits] of fields) {
    found[name] = rest & ((1n << BigInt(bits)) - 1n);
    rest >>= BigInt(bits);
  }
  return found;
}

/** Rows (place, name, word, meaning) of the words that are sent: deposits and withdrawals follow without gaps. */
export function decoded(sent) {
  const counts = unpack(FIELDS.counts, BigInt(sent[10]));
  const rows = FIRST.map((name, place) => [place, name, sent[place], meaning(name, BigInt(sent[place]))]);
  let place = FIRST.length;
  for (let number = 0n; number < counts.deposits; number += 1n) {
    for (const part of DEPOSIT_PARTS) {
      const word = sent[place];
      rows.push([place, `deposit ${number}, ${part}`, word, part === "deposit" ? list(unpack(FIELDS.deposit, BigInt(word))) : ""]);
      place += 1;
    }
  }
  for (let number = 0n; number < counts.withdrawals; number += 1n) {
    const { owner, amount } = unpack(FIELDS.withdrawal, BigInt(sent[place]));
    rows.push([place, `withdrawal ${number}`, sent[place], `owner 0x${owner.toString(16).padStart(40, "0")}  amount ${amount}`]);
    place += 1;
  }
  return rows;
}

function meaning(name, word) {
  if (name === "clock" || name === "counts") return list(unpack(FIELDS[name], word));
  if (name.startsWith("mark")) {
    const marks = [];
    for (let rest = word; rest > 0n; rest >>= MARK_BITS) marks.push(rest & ((1n << MARK_BITS) - 1n));
    return marks.length ? `micro-units a lot: ${marks.join("  ")}` : "none";
  }
  return ["class", "chain id", "version", "batch"].includes(name) ? word.toString() : "";
}

function list(fields) {
  return Object.entries(fields).map(([name, value]) => `${name} ${value}`).join("  ");
}
