/** UI-204: take back a payout that nobody has begun with. */

import { element } from "../shared/page.js";
import { confirmed } from "./dialog.js";
import { fillList, nameOf } from "./lines.js";

/**
 * @typedef {import("../shared/page.js").Translate} Translate
 * @typedef {import("../types").PayoutAdmin} PayoutAdmin
 */

export class Overrides {
  #t;
  #act;
  #list = element("ul", { class: "lines" });
  #shown = "";

  /**
   * @param {Translate} t
   * @param {(path: string, done: string) => Promise<any>} act POSTs, and says what came of it
   */
  constructor(t, act) {
    this.#t = t;
    this.#act = act;
    const force = { type: "button", disabled: true, "data-el": "EL-204-02", "aria-describedby": "force" };
    this.panel = element(
      "section",
      { "data-ui": "UI-204" },
      element("h2", {}, t("overridesTitle")),
      element("div", { class: "card" }, element("p", {}, t("overridesHint")), this.#list),
      element(
        "div",
        { class: "card" },
        element("button", force, t("forceSent")),
        element("p", { id: "force" }, t("forceWarning")),
      ),
    );
  }

  /** @param {import("../types").Session} session */
  show({ openPayouts }) {
    const pending = openPayouts.filter(({ status }) => status === "Pending");
    const key = JSON.stringify(pending);
    if (key === this.#shown) return;
    this.#shown = key;
    const lines = pending.map((payout) => this.#line(payout));
    fillList(this.#list, lines, this.#t("nothingPending"));
  }

  /** @param {PayoutAdmin} payout */
  #line(payout) {
    const name = nameOf(this.#t, payout);
    const label = this.#t("cancelOf", { name });
    const attributes = { type: "button", "data-el": "EL-204-01", "aria-label": label };
    const cancel = element("button", attributes, this.#t("cancel"));
    cancel.addEventListener("click", () => this.#cancel(payout.id, name));
    const id = element("code", {}, `${payout.id.slice(0, 8)}…`);
    return element("li", {}, id, element("strong", {}, name), cancel);
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  async #cancel(id, name) {
    const t = this.#t;
    if (!(await confirmed(t("cancelQuestion", { name }), t("cancelYes"), t("keep")))) return;
    await this.#act(`/api/broadcaster/payouts/${id}/cancel`, t("cancelled", { name }));
  }
}
