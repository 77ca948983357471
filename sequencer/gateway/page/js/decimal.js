// Decimal strings, exactly: whole numbers of a step of so many places. Nothing here is a float.

/** Places behind the point of a decimal string. */
export function placesOf(text) {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/** The number in units of 10^-places; digits beyond them must be zeros. */
export function units(text, places) {
  const [whole, part = ""] = text.split(".");
  const digits = part.padEnd(places, "0");
  if (/[1-9]/.test(digits.slice(places))) throw new RangeError(`${text} has more than ${places} places`);
  const sign = whole.startsWith("-") ? -1n : 1n;
  const magnitude = BigInt(whole.replace("-", "") || "0") * 10n ** BigInt(places) + BigInt(digits.slice(0, places) || "0");
  return sign * magnitude;
}

/** The text of so many units, all places written. */
export function text(count, places) {
  const sign = count < 0n ? "-" : "";
  const digits = String(count < 0n ? -count : count).padStart(places + 1, "0");
  return places ? `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}` : sign + digits;
}

/** The same number with all places written, so that columns line up. */
export function padded(number, places) {
  return number === null || number === undefined ? "–" : text(units(number, Math.max(places, placesOf(number))), Math.max(places, placesOf(number)));
}

/** part / whole in hundredths of a per cent, rounded toward zero; null if there is no whole. */
export function basisPoints(part, whole) {
  return whole === 0n ? null : (part * 10000n) / whole;
}

/** A signed share in per cent with two decimals. */
export function percent(part, whole) {
  const points = basisPoints(part, whole);
  if (points === null) return "–";
  return (points > 0n ? "+" : "") + text(points, 2) + " %";
}

/** part / whole for drawing, between 0 and 1, to a ten-thousandth. */
export function share(part, whole) {
  return whole === 0n ? 0 : Number((part * 10000n) / whole) / 10000;
}

/** Thousands apart, for whole numbers that nobody computes with. */
export function grouped(number) {
  return number === null || number === undefined ? "–" : String(number).replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");
}
