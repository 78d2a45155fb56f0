/** UI-203: what is fixed. Nothing here can be changed, and nothing is ever sent. */

import { element, put } from "../shared/page.js";

export class Settings {
  #t;
  #gold = element("p", { "data-el": "EL-203-01" });
  #interval = element("p", { "data-el": "EL-203-02" });

  /** @param {import("../shared/page.js").Translate} t */
  constructor(t) {
    this.#t = t;
    const box = element("input", { type: "checkbox", disabled: true, "data-el": "EL-203-03" });
    const pause = element("label", { class: "row" }, box, t("pause"));
    const card = element("div", { class: "card" }, this.#gold, this.#interval, pause);
    this.panel = element("section", { "data-ui": "UI-203" }, element("h2", {}, t("settingsTitle")), card);
  }

  /** @param {import("../types").Session} session */
  show({ settings }) {
    const seconds = settings.spinIntervalSeconds;
    const interval = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    put(this.#gold, this.#t("gold", { gold: settings.goldPerWin.toLocaleString("en") }));
    put(this.#interval, this.#t("interval", { interval }));
  }
}
