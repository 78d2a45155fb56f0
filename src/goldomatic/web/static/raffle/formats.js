// @ts-check

/**
 * How pages write the raffle's numbers. `formats.py` writes them alike: both are tested by
 * `tests/samples/raffle-formats.json`.
 */

/** @param {number} value 4.7 is `4.70x`. */
export function weight(value) {
  return `${value.toFixed(2)}x`;
}

/** @param {number} value 33.3333 is `33.33%`. */
export function percent(value) {
  return `${value.toFixed(2)}%`;
}

/** @param {number} value A chance in percent as people read it; empty for what is no number. */
export function chance(value) {
  if (Number.isNaN(value)) return "";
  const clamped = Math.min(100, Math.max(0, value));
  const nearest = Math.floor(clamped + 0.5);
  if (clamped === 0) return "0%";
  if (clamped < 0.01) return "<0.01%";
  if (nearest >= 1 && Math.abs(clamped - nearest) <= 0.05) return `${nearest}%`;
  return `${clamped.toFixed(clamped >= 10 ? 1 : 2)}%`;
}

/** @param {number} value A whole number with its thousands set apart, as the page's language does. */
export function counter(value) {
  const text = new Intl.NumberFormat("en").format(value);
  return document.documentElement.lang === "en" ? text : text.replaceAll(",", "\u202f");
}

/**
 * How long ago something was, for a label that a page renews.
 *
 * @param {number} seconds
 * @param {Record<"now" | "seconds" | "minutes" | "hours" | "days", string>} texts `{n}` is the number.
 */
export function ago(seconds, texts) {
  if (seconds < 15) return texts.now;
  if (seconds < 60) return texts.seconds.replace("{n}", String(Math.floor(seconds)));
  if (seconds < 3600) return texts.minutes.replace("{n}", String(Math.floor(seconds / 60)));
  if (seconds < 86400) return texts.hours.replace("{n}", String(Math.floor(seconds / 3600)));
  return texts.days;
}
