/** UI-202: what happens now. Read only. */

import { clockText, phaseAt, timeLeft } from "../shared/ebs.js";
import { element, put } from "../shared/page.js";
import { fillList, payoutLine } from "./lines.js";

/**
 * @typedef {import("../shared/page.js").Translate} Translate
 * @typedef {import("../types").Session} Session
 * @typedef {import("../types").PayoutAdmin} PayoutAdmin
 */

export class Dashboard {
  #t;
  #phase = element("p", { role: "status" });
  #pool = element("p", {});
  #left = element("strong", { role: "timer" });
  #winners = element("ul", { class: "lines", "data-el": "EL-202-01", tabindex: "0" });
  #open = element("ul", { class: "lines", "data-el": "EL-202-02", tabindex: "0" });
  #shown = "";

  /**
   * @param {Translate} t
   * @param {() => void} refresh
   */
  constructor(t, refresh) {
    this.#t = t;
    const again = element("button", { type: "button", "data-el": "EL-202-03" }, t("refresh"));
    again.addEventListener("click", refresh);
    const head = element("div", { class: "row head" }, element("h2", {}, t("dashboardTitle")), again);
    const countdown = element("p", {}, `${t("nextSpin")} `, this.#left);
    const now = element("div", { class: "card row" }, this.#phase, countdown, this.#pool);
    const lists = [this.#list("winners", this.#winners), this.#list("openPayouts", this.#open)];
    const columns = element("div", { class: "columns" }, ...lists);
    this.panel = element("section", { "data-ui": "UI-202" }, head, now, columns);
  }

  /**
   * @param {string} title
   * @param {HTMLElement} list
   */
  #list(title, list) {
    const id = `title-${title}`;
    list.setAttribute("aria-labelledby", id);
    return element("div", { class: "card" }, element("h3", { id }, this.#t(title)), list);
  }

  /** @param {Session} session */
  show({ roulette, recentWinners, openPayouts }) {
    const t = this.#t;
    put(this.#pool, t("pool", { n: roulette.poolParticipantCount }));
    const key = JSON.stringify([recentWinners, openPayouts]);
    if (key === this.#shown) return;
    this.#shown = key;
    const winners = recentWinners.map((payout) => payoutLine(t, payout));
    // The service lists them oldest first, in the order of the work.
    const open = openPayouts.toReversed().map((payout) => payoutLine(t, payout, this.#consent(payout)));
    fillList(this.#winners, winners, t("noWinners"));
    fillList(this.#open, open, t("noOpenPayouts"));
  }

  /** @param {PayoutAdmin} payout */
  #consent({ winnerAcceptedWillingToReceiveAt: at }) {
    const text = at === null ? this.#t("notConsented") : `✓ ${this.#t("consented")}`;
    return element("span", { class: "quiet", "data-consent": String(at !== null) }, text);
  }

  /**
   * @param {Session} session
   * @param {number} now ms, by the service's clock
   */
  tick({ roulette }, now) {
    put(this.#phase, this.#t(phaseAt(roulette, now)));
    put(this.#left, clockText(timeLeft(roulette, now).seconds));
  }
}
