/** A payout in a list: when, who, how far it has come. */

import { element } from "../shared/page.js";

/**
 * An instant as HH:MM on the reader's own clock.
 *
 * @param {string} instant RFC 3339
 */
export function timeText(instant) {
  const time = new Date(instant);
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

/**
 * @param {import("../shared/page.js").Translate} t
 * @param {import("../types").PayoutAdmin} payout
 */
export function nameOf(t, payout) {
  return payout.characterName || t("forgotten");
}

/**
 * @param {import("../shared/page.js").Translate} t
 * @param {import("../types").PayoutAdmin} payout
 * @param {...HTMLElement} more
 */
export function payoutLine(t, payout, ...more) {
  const time = element("time", { datetime: payout.createdAt }, timeText(payout.createdAt));
  const chip = element("span", { class: "chip", "data-status": payout.status }, t(payout.status));
  return element("li", {}, time, element("strong", {}, nameOf(t, payout)), chip, ...more);
}

/**
 * Fills a list; an empty one says so.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement[]} lines
 * @param {string} empty
 */
export function fillList(list, lines, empty) {
  list.replaceChildren(...(lines.length > 0 ? lines : [element("li", { class: "quiet" }, empty)]));
}
