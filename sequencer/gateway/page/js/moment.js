// Time: the server's, in milliseconds, and how ages and instants are written. All instants are in UTC.

let offset = 0;

/** The server said this time just now. */
export function heard(time) {
  offset = time - Date.now();
}

/** The server's clock. */
export function now() {
  return Date.now() + offset;
}

/** 14:03:59. */
export function clock(time) {
  return time === null ? "–" : new Date(time).toISOString().slice(11, 19);
}

/** 14:03:59.120. */
export function exact(time) {
  return new Date(time).toISOString().slice(11, 23);
}

/** 2024-05-01 14:03:59. */
export function stamp(time) {
  return time === null ? "–" : new Date(time).toISOString().slice(0, 19).replace("T", " ");
}

/** A length of time in at most two units: 740 ms, 12.4 s, 3 min 20 s, 2 h 5 min, 4 d 3 h. */
export function span(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86400)];
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${days} d ${hours % 24} h`;
}

/** An age in whole seconds, so that it does not flicker. */
export function age(ms) {
  return ms < 60000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : span(ms);
}
