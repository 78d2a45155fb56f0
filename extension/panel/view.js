/** Puts what is known, and what the clock makes of it, into the page: writes only what differs. */

import { clockText, phaseAt, serviceUrl, timeLeft } from "../shared/ebs.js";
import { element, find, put } from "../shared/page.js";
import { Wheel } from "../shared/wheel.js";

/**
 * @typedef {import("../shared/page.js").Translate} Translate
 * @typedef {import("../types").Public} Public
 * @typedef {import("../types").Snapshot} Snapshot
 * @typedef {{ title: string, body: string, button: string }} Alert
 */

const WITH_RETRY = ["unauthenticated", "jammed", "no_twitch_helper"];

/**
 * An element or screen by its name in the specification, or by its id.
 *
 * @param {string} name
 */
export function at(name) {
  return find(`#${name},[data-el=${name}],[data-ui=${name}]`);
}

/**
 * Shows a text, or hides its place where there is none.
 *
 * @param {string} name
 * @param {string | null | undefined | false} text
 */
function show(name, text) {
  at(name).hidden = !text;
  if (text) put(at(name), text);
}

/**
 * Title and body of what went wrong when the service was asked.
 *
 * @param {Translate} t
 * @param {{ code: string, message: string, status: number }} error
 * @param {string} button
 * @returns {Alert}
 */
export function errorWords(t, { code, message, status }, button) {
  const known = { 401: "unauthorized", 429: "rate_limited" }[status];
  const key = known ?? "network";
  const isOther = !known && code !== "network" && status < 500;
  return { title: t(`${key}.title`), body: (isOther && message) || t(key), button };
}

/**
 * The name at which the wheel has stopped, once the service has told it for the running round.
 *
 * @param {Public} data
 * @param {import("../types").Phase} phase
 */
function stoppedAt(data, phase) {
  const isOurs = data.roulette.spinPhase === phase && phase === "verification";
  return isOurs ? (data.candidateCharacterName ?? null) : null;
}

/**
 * The outcome that viewers see: the newest one, until a wheel turns again.
 *
 * @param {Public} data
 * @param {import("../types").Phase} phase
 */
function outcomeShown({ lastOutcome, roulette }, phase) {
  if (!lastOutcome || phase === "spinning") return null;
  const isRunning = lastOutcome.spinCycleId === roulette.currentSpinCycleId;
  return phase === "verification" && !isRunning ? null : lastOutcome;
}

/** Copies the word of consent, or selects it where the browser does not let us. */
async function copyConsent() {
  try {
    await navigator.clipboard.writeText("!twgold");
    return "copied";
  } catch {
    getSelection()?.selectAllChildren(at("consent"));
    return "selected";
  }
}

export class View {
  #wheel = new Wheel(at("wheel"));
  #interval = 0;

  /**
   * @param {Translate} t
   * @param {string} code of the language
   */
  constructor(t, code) {
    this.t = t;
    document.documentElement.lang = code;
    for (const one of document.querySelectorAll("[data-t]")) put(one, t(`${one.getAttribute("data-t")}`));
    at("EL-102-06").onclick = () => this.#rules(at("rules").hidden === true);
    at("copy").onclick = async () => put(at("copy"), t(await copyConsent()));
    put(at("pool"), t("poolUnknown"));
    this.#rules(false);
  }

  /**
   * UI-101 in a state, or none of it.
   *
   * @param {string | null} state a key of the texts
   * @param {boolean} hasData whether the service has answered
   */
  gate(state, hasData) {
    at("UI-102").hidden = state !== null;
    show("status", state && this.t(state));
    at("UI-101").hidden = state === null;
    at("UI-101").dataset.state = state ?? "";
    at("EL-101-03").hidden = !WITH_RETRY.includes(state ?? "");
    at("EL-101-04").hidden = state ? state !== "unauthenticated" : hasData;
  }

  /**
   * UI-105 on top of whatever is shown.
   *
   * @param {Alert | null} alert
   */
  alert(alert) {
    at("UI-105").hidden = !alert;
    put(at("EL-105-01"), alert ? `⚠ ${alert.title}` : "");
    show("EL-105-02", alert?.body);
    show("EL-105-03", alert?.button);
  }

  /**
   * Everything of an answer but what the clock moves.
   *
   * @param {Snapshot} data
   * @param {boolean} isShared whether the viewer has shared identity
   */
  data({ roulette, poolMe, myLast, wheel }, isShared) {
    const { t } = this;
    const name = poolMe?.isEnrolled ? (poolMe.characterName ?? "") : "";
    put(at("pool"), t("pool", { n: roulette.poolParticipantCount }));
    put(at("mine"), isShared ? (name ? t("enrolled", { name }) : t("notEnrolled")) : t("notShared"));
    at("mine").toggleAttribute("data-in", name !== "");
    at("share").hidden = isShared;
    this.#payout(isShared ? myLast : null);
    if (wheel) this.#wheel.show(wheel, name);
    if (roulette.spinIntervalSeconds !== this.#interval) this.#ruleLines(roulette.spinIntervalSeconds);
  }

  /**
   * What the clock moves: countdown, phase, wheel, outcome.
   *
   * @param {Snapshot} data
   * @param {number} now the service's time in ms
   */
  tick(data, now) {
    const { roulette } = data;
    const left = timeLeft(roulette, now);
    const phase = phaseAt(roulette, now);
    const isEmpty = phase === "idle" && roulette.poolParticipantCount === 0;
    at("syncing").hidden = true;
    at("countdown").hidden = false;
    put(at("left"), clockText(left.seconds));
    at("track").style.width = `${left.share * 100}%`;
    put(at("EL-103-02"), this.t(isEmpty ? "empty" : phase));
    at("EL-103-03").hidden = phase !== "verification";
    this.#turn(phase, data);
    const outcome = outcomeShown(data, phase);
    const isWon = outcome?.result === "winner";
    show("outcome", outcome && this.t(isWon ? "winner" : "noWinner", { name: outcome.characterName ?? "?" }));
    at("outcome").toggleAttribute("data-won", isWon);
    at("proof").hidden = !outcome;
    if (outcome) at("proof").setAttribute("href", `${serviceUrl()}/draws/${outcome.spinCycleId}`);
  }

  /**
   * The wheel goes on turning until the service has told where it stops.
   *
   * @param {import("../types").Phase} phase
   * @param {Snapshot} data
   */
  #turn(phase, data) {
    const name = stoppedAt(data, phase);
    const isAhead = phase === "verification" && data.roulette.spinPhase !== phase;
    if (name) this.#wheel.land(name);
    else if (phase === "spinning" || isAhead) this.#wheel.spin();
    else this.#wheel.rest();
  }

  /** @param {import("../types").Payout | null} payout */
  #payout(payout) {
    const { t } = this;
    at("UI-104").hidden = !payout;
    if (!payout) return;
    const { status, characterName: name } = payout;
    const kind = { Pending: "won", InProgress: "won", Sent: "wonSent" }[String(status)] ?? "lastPayout";
    const isUnderWay = kind === "won";
    at("UI-104").dataset.status = at("EL-104-03").dataset.status = status;
    at("UI-104").toggleAttribute("data-open", isUnderWay);
    put(at("EL-104-01"), t(kind));
    at("EL-104-02").hidden = !isUnderWay;
    put(at("EL-104-03"), t(status));
    const line = { won: "whenSent", wonSent: "sentLine" }[kind] ?? "character";
    put(at("EL-104-04"), t(line, { name }));
    at("EL-104-05").hidden = kind === "lastPayout";
  }

  /** @param {boolean} isOpen */
  #rules(isOpen) {
    at("rules").hidden = !isOpen;
    at("EL-102-06").setAttribute("aria-expanded", String(isOpen));
    put(at("EL-102-06"), this.t(isOpen ? "hideRules" : "viewRules"));
  }

  /** @param {number} interval seconds */
  #ruleLines(interval) {
    this.#interval = interval;
    const every = interval % 60 ? this.t("seconds", { n: interval }) : this.t("minutes", { n: interval / 60 });
    const lines = this.t("rules", { every }).split("|");
    at("rules").replaceChildren(...lines.map((line) => element("li", {}, line)));
  }
}
