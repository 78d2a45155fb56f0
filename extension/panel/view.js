/** Puts what is known into the page. Called again and again: writes only what differs. */

import { clockText, serviceUrl } from "../shared/ebs.js";
import { element, find, put } from "../shared/page.js";
import { Wheel } from "../shared/wheel.js";
import { outcomeShown, phaseAt, stoppedAt, timeLeft } from "./data.js";

/** @typedef {import("../shared/page.js").Translate} Translate */

/** The normative line of a delivered prize, the same in every language. */
const SENT_LINE = "Награда отправлена персонажу {name} на почту, проверяй ящик!";
const KNOWN = ["Pending", "InProgress", "Sent", "Failed", "Cancelled", "Expired"];
const UNDER_WAY = ["Pending", "InProgress"];

/** @param {string} id */
export function el(id) {
  return find(`[data-el="${id}"]`);
}

/**
 * UI-102: size of the pool, and the viewer's own place in it.
 *
 * @param {Translate} t
 * @param {import("../types").Snapshot} data
 * @param {boolean} isShared whether the viewer has shared identity
 */
export function showPool(t, data, isShared) {
  put(find("#pool"), t("pool", { n: data.roulette.poolParticipantCount }));
  const mine = data.poolMe;
  const own = mine?.isEnrolled ? t("enrolled", { name: mine.characterName ?? "" }) : t("notEnrolled");
  put(find("#mine"), isShared ? own : t("notShared"));
  find("#mine").toggleAttribute("data-in", isShared && mine?.isEnrolled === true);
  find("#share").hidden = isShared;
}

/**
 * The rules, a line each.
 *
 * @param {Translate} t
 * @param {number} interval seconds
 */
export function showRules(t, interval) {
  const isWhole = interval % 60 === 0;
  const every = isWhole ? t("minutes", { n: interval / 60 }) : t("seconds", { n: interval });
  const lines = t("rules", { every }).split("|");
  find("#rules").replaceChildren(...lines.map((line) => element("li", {}, line)));
}

/**
 * UI-104: the viewer's newest payout.
 *
 * @param {Translate} t
 * @param {import("../types").Payout | null} payout
 */
export function showPayout(t, payout) {
  const screen = find('[data-ui="UI-104"]');
  screen.hidden = !payout;
  if (!payout) return;
  const { status, characterName } = payout;
  const isUnderWay = UNDER_WAY.includes(status);
  screen.dataset.status = status;
  put(el("EL-104-01"), t(isUnderWay ? "won" : status === "Sent" ? "wonSent" : "lastPayout"));
  el("EL-104-02").hidden = !isUnderWay;
  el("EL-104-03").dataset.status = status;
  put(el("EL-104-03"), KNOWN.includes(status) ? t(status) : status);
  const sent = SENT_LINE.replace("{name}", () => characterName);
  const line = isUnderWay ? t("whenSent") : t("character", { name: characterName });
  put(el("EL-104-04"), status === "Sent" ? sent : line);
  el("EL-104-05").hidden = !isUnderWay && status !== "Sent";
}

/**
 * The viewer's own gift request, or how to make one.
 *
 * @param {Translate} t
 * @param {import("../types").Gift | null | undefined} gift
 */
export function showGift(t, gift) {
  put(find("#gift-title"), t(gift ? "gift" : "giftCommand"));
  find("#gift-state").hidden = !gift;
  if (!gift) return put(find("#gift-line"), t("giftHow"));
  put(find("#gift-state"), gift.state);
  const values = {
    pos: gift.queuePosition ?? 0,
    s: gift.estimatedWaitSeconds ?? 0,
    reason: gift.failureReason || t("unknownReason"),
  };
  const states = ["Pending", "SelectingItem", "WaitingConfirmation", "Completed", "Failed"];
  put(find("#gift-line"), states.includes(gift.state) ? t(`gift${gift.state}`, values) : "");
}

/**
 * A newer version than this one.
 *
 * @param {Translate} t
 * @param {{ remote: string, own: string, notes: string | null }} news
 */
export function showUpdate(t, { remote, own, notes }) {
  const reload = element("button", { type: "button" }, t("reload"));
  reload.addEventListener("click", () => location.reload());
  const link = notes && element("a", { href: notes, target: "_blank", rel: "noopener noreferrer" }, t("more"));
  find("#update").replaceChildren(t("update", { remote, own }), " ", reload, " ", link || "");
  find("#update").hidden = false;
}

/** Copies the word of consent, or selects it where the browser does not let us. */
export async function copyConsent() {
  try {
    await navigator.clipboard.writeText("!twgold");
    return "copied";
  } catch {
    getSelection()?.selectAllChildren(find("#consent"));
    return "selected";
  }
}

const CODES_WITH_WORDS = [
  "invalid_character_name",
  "lifetime_cap_reached",
  "active_payout_exists",
  "unauthorized",
  "not_subscriber",
  "character_name_taken_in_pool",
  "rate_limited",
  "network",
];

/**
 * UI-105: title and body of what went wrong.
 *
 * @param {Translate} t
 * @param {{ code: string, message: string, status?: number }} error
 * @param {boolean} isAction of the viewer; else a question of the panel itself
 */
export function errorWords(t, { code, message, status = 0 }, isAction) {
  const key = status === 429 ? "rate_limited" : status >= 500 ? "network" : code;
  if (CODES_WITH_WORDS.includes(key)) return { title: t(`${key}.title`), body: t(key) };
  const title = t(isAction ? "other.title" : "network.title");
  return { title, body: message || t("network") };
}

/**
 * @typedef {import("../types").Snapshot} Snapshot
 * @typedef {import("../shared/ebs.js").ApiError} ApiError
 * @typedef {{ error: { code: string, message: string, status?: number }, isAction: boolean }} Alert
 */

const NAMES = ["Norinn", "Kael", "Mimir", "Gearspan", "Cogsworth", "Tinker"];
const WITH_RETRY = ["unauthenticated", "jammed", "no_twitch_helper"];

export class View {
  #wheel = new Wheel(find("#wheel"));
  #interval = 0;

  /** @param {import("../shared/page.js").Translate} t */
  constructor(t) {
    this.t = t;
    this.rules(false);
  }

  /**
   * UI-101 in a state, or none of it.
   *
   * @param {string | null} state a key of the texts
   */
  gate(state) {
    const screen = find('[data-ui="UI-101"]');
    screen.hidden = state === null;
    find('[data-ui="UI-102"]').hidden = state !== null;
    if (state === null) return;
    screen.dataset.state = state;
    put(find("#status"), this.t(state));
    el("EL-101-03").hidden = !WITH_RETRY.includes(state);
    el("EL-101-04").hidden = !["unauthenticated", "loading", "jammed"].includes(state);
  }

  /**
   * UI-105 on top of whatever is shown.
   *
   * @param {Alert | null} alert
   */
  alert(alert) {
    const screen = find('[data-ui="UI-105"]');
    if (alert) {
      const { title, body } = errorWords(this.t, alert.error, alert.isAction);
      put(el("EL-105-01"), `⚠ ${title}`);
      put(el("EL-105-02"), body);
      put(el("EL-105-03"), this.t(alert.isAction ? "dismiss" : "retry"));
    }
    screen.hidden = !alert;
  }

  /**
   * Everything of an answer but what the clock moves.
   *
   * @param {Snapshot} data
   * @param {boolean} isShared whether the viewer has shared identity
   */
  data(data, isShared) {
    showPool(this.t, data, isShared);
    showPayout(this.t, isShared ? data.myLast : null);
    showGift(this.t, isShared ? data.myGift : null);
    this.#wheel.show(slices(data), data.poolMe?.characterName ?? null);
    const { spinIntervalSeconds } = data.roulette;
    if (spinIntervalSeconds !== this.#interval) showRules(this.t, spinIntervalSeconds);
    this.#interval = spinIntervalSeconds;
  }

  /**
   * What the clock moves: countdown, phase, wheel, outcome.
   *
   * @param {Snapshot} data
   * @param {number} now the service's time in ms
   */
  tick(data, now) {
    const left = timeLeft(data.roulette, now);
    find("#syncing").hidden = true;
    find(".countdown").hidden = false;
    put(find("#left"), clockText(left.seconds));
    find("#track").style.width = `${left.share * 100}%`;
    const phase = phaseAt(data.roulette, now);
    const isEmpty = phase === "idle" && data.roulette.poolParticipantCount === 0;
    find('[data-ui="UI-103"]').dataset.phase = phase;
    put(el("EL-103-02"), this.t(isEmpty ? "empty" : phase));
    el("EL-103-03").hidden = phase !== "verification";
    this.#turn(phase, data);
    this.#outcome(data, phase);
  }

  /** @param {boolean} isOpen */
  rules(isOpen) {
    find("#rules").hidden = !isOpen;
    el("EL-102-06").setAttribute("aria-expanded", String(isOpen));
    put(el("EL-102-06"), this.t(isOpen ? "hideRules" : "viewRules"));
  }

  /**
   * The wheel goes on turning until the service has told where it stops.
   *
   * @param {string} phase
   * @param {Snapshot} data
   */
  #turn(phase, data) {
    const name = phase === "verification" ? stoppedAt(data, phase) : null;
    if (name !== null) this.#wheel.land(name);
    else if (phase === "spinning" || (phase === "verification" && data.roulette.spinPhase !== phase)) this.#wheel.spin();
    else this.#wheel.rest();
  }

  /**
   * @param {Snapshot} data
   * @param {import("../types").Phase} phase
   */
  #outcome(data, phase) {
    const outcome = outcomeShown(data, phase);
    const line = find("#outcome");
    const isWon = outcome?.result === "winner";
    line.hidden = !outcome;
    line.toggleAttribute("data-won", isWon);
    const text = isWon ? this.t("winner", { name: outcome.characterName ?? "?" }) : this.t("noWinner");
    put(line, outcome ? text : "");
    const proof = find("#proof");
    proof.hidden = !outcome;
    if (outcome) proof.setAttribute("href", `${serviceUrl()}/draws/${encodeURIComponent(outcome.spinCycleId)}`);
  }
}

/**
 * Who is on the wheel; an older service does not say, then some gnomes stand for them.
 *
 * @param {Snapshot} data
 */
function slices({ wheel, poolNames, roulette }) {
  if (wheel) return wheel;
  const names = poolNames?.length ? poolNames : NAMES.slice(0, roulette.poolParticipantCount);
  return { names, others: Math.max(0, roulette.poolParticipantCount - names.length) };
}
