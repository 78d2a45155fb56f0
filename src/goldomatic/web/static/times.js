// @ts-check

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const LENGTHS = {
  short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  long: { dateStyle: "medium", timeStyle: "medium" },
};

/**
 * Shows instants in the reader's own zone; the exact one stays as a tip.
 *
 * @param {ParentNode} root
 */
export function localTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    if (!(time instanceof HTMLTimeElement)) continue;
    const length = LENGTHS[time.dataset.local ?? "long"];
    time.title = time.dateTime;
    time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, length);
  }
}
