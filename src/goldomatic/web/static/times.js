// @ts-check

/**
 * Shows instants in the reader's own zone; the exact one stays as a tip.
 *
 * @param {ParentNode} root
 */
export function localTimes(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  for (const time of root.querySelectorAll("time[data-local]")) {
    if (!(time instanceof HTMLTimeElement)) continue;
    time.title = time.dateTime;
    time.textContent = format.format(new Date(time.dateTime));
  }
}
