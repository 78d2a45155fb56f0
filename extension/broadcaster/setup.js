/** UI-201: what has to be set up, each thing tested; and the overlay's link. */

import { call, serviceUrl } from "../shared/ebs.js";
import { element, put } from "../shared/page.js";
import { confirmed } from "./dialog.js";
import { timeText } from "./lines.js";

const DESKTOP_ALIVE_MS = 120_000;
const LABEL_MS = 2_000;
const LINK_PATH = "/api/broadcaster/overlay";

/**
 * @typedef {import("../shared/page.js").Translate} Translate
 * @typedef {import("../types").Session} Session
 * @typedef {{ url: string, watchers: number }} Overlay
 * @typedef {{ done: boolean, detail: string }} Finding
 */

export class Setup {
  #t;
  #act;
  #list = element("ul", { class: "checklist", "data-el": "EL-201-01" });
  #state = element("strong", { role: "status" });
  #link;
  #show;

  /**
   * @param {Translate} t
   * @param {(path: string, done: string) => Promise<any>} act POSTs, and says what came of it
   */
  constructor(t, act) {
    this.#t = t;
    this.#act = act;
    this.#link = /** @type {HTMLInputElement} */ (
      element("input", { id: "link", type: "password", readonly: true, autocomplete: "off" })
    );
    this.#show = button(t("show"), () => this.#reveal());
    const docs = { class: "button", "data-el": "EL-201-04", target: "_blank", rel: "noopener noreferrer" };
    this.panel = element(
      "section",
      { "data-ui": "UI-201" },
      element("h2", {}, t("setupTitle")),
      element("div", { class: "card" }, element("h3", {}, t("checklist")), this.#list),
      element(
        "div",
        { class: "card" },
        element("p", { "data-el": "EL-201-02" }, t("install")),
        this.#service(),
        element("p", {}, element("a", { ...docs, href: `${serviceUrl()}/docs/streamers.md` }, t("docs"))),
      ),
      this.#overlay(),
    );
  }

  #service() {
    const url = element("p", {}, `${this.#t("ebs")}: `, element("code", {}, serviceUrl()));
    const test = button(this.#t("ping"), () => this.ping());
    const state = element("p", { class: "row" }, `${this.#t("status")} `, this.#state, test);
    return element("div", { "data-el": "EL-201-03" }, url, state);
  }

  #overlay() {
    const t = this.#t;
    const copy = button(t("copy"), () => this.#copy(copy));
    const renew = button(t("renew"), () => this.#renew());
    return element(
      "div",
      { class: "card" },
      element("h3", {}, element("label", { for: "link" }, t("link"))),
      element("div", { class: "row" }, this.#link, this.#show, copy, renew),
      element("p", { class: "quiet" }, t("linkHint")),
    );
  }

  /** Ask the service whether it is well. */
  async ping() {
    if (!this.#state.textContent) this.#answer("", "checking");
    try {
      await call("GET", "/api/health");
      this.#answer("ok", "ok");
    } catch {
      this.#answer("fail", "fail");
    }
  }

  /**
   * @param {string} result
   * @param {string} word
   */
  #answer(result, word) {
    if (this.#state.dataset.result === result) return;
    this.#state.dataset.result = result;
    const light = element("span", { class: "light", "aria-hidden": "true" }, "(●)");
    this.#state.replaceChildren(...(result ? [light, " "] : []), this.#t(word));
  }

  /**
   * @param {Session} session
   * @param {Overlay} overlay
   */
  show({ setup, roulette }, overlay) {
    const t = this.#t;
    if (this.#link.value !== overlay.url) this.#link.value = overlay.url;
    const now = Date.parse(roulette.serverNow);
    const findings = {
      extension: { done: true, detail: t("extensionDone") },
      desktop: desktop(t, setup.desktopLastSeenAt, now),
      eventSub: finding(t, "eventSub", setup.eventSubLastEventAt),
      helix: { done: setup.helixConfigured, detail: t(setup.helixConfigured ? "helixDone" : "helixNever") },
      overlay: {
        done: overlay.watchers > 0,
        detail: overlay.watchers > 0 ? t("overlayDone", { n: overlay.watchers }) : t("overlayNever"),
      },
    };
    const items = Object.entries(findings).map(([name, found]) => item(t, name, found));
    this.#list.replaceChildren(...items);
  }

  #reveal() {
    const isHidden = this.#link.type === "password";
    this.#link.type = isHidden ? "text" : "password";
    put(this.#show, this.#t(isHidden ? "hide" : "show"));
  }

  /** @param {HTMLElement} label */
  async #copy(label) {
    const done = await navigator.clipboard?.writeText(this.#link.value).then(
      () => true,
      () => false,
    );
    if (!done) this.#link.select();
    label.textContent = this.#t(done ? "copied" : "selected");
    setTimeout(() => (label.textContent = this.#t("copy")), LABEL_MS);
  }

  async #renew() {
    const t = this.#t;
    if (!(await confirmed(t("renewQuestion"), t("renewYes"), t("keep")))) return;
    const made = await this.#act(`${LINK_PATH}/renew`, t("renewed"));
    if (made) this.#link.value = made.url;
  }
}

/**
 * @param {Translate} t
 * @param {string} name
 * @param {Finding} found
 */
function item(t, name, { done, detail }) {
  const mark = element("span", { class: "mark", role: "img", "aria-label": t(done ? "done" : "open") });
  mark.textContent = done ? "✓" : "○";
  const text = element("span", {}, t(name), element("span", { class: "quiet" }, detail));
  return element("li", { "data-item": name, "data-done": String(done) }, mark, text);
}

/**
 * @param {Translate} t
 * @param {string | null} seenAt
 * @param {number} now ms, by the service's clock
 * @returns {Finding}
 */
function desktop(t, seenAt, now) {
  if (seenAt === null) return { done: false, detail: t("desktopNever") };
  const age = now - Date.parse(seenAt);
  if (age > DESKTOP_ALIVE_MS) return { done: false, detail: t("desktopGone", { time: timeText(seenAt) }) };
  return { done: true, detail: t("desktopDone", { n: Math.max(0, Math.round(age / 1000)) }) };
}

/**
 * @param {Translate} t
 * @param {string} name
 * @param {string | null} at
 * @returns {Finding}
 */
function finding(t, name, at) {
  const detail = at === null ? t(`${name}Never`) : t(`${name}Done`, { time: timeText(at) });
  return { done: at !== null, detail };
}

/**
 * @param {string} label
 * @param {() => void} onClick
 */
function button(label, onClick) {
  const made = element("button", { type: "button" }, label);
  made.addEventListener("click", onClick);
  return made;
}
