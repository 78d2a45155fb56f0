// @ts-check

/**
 * Plays the overlay: every message of its feed is the whole scene, so nothing is kept but the last.
 *
 * @typedef {object} Roulette
 * @property {string} serverNow
 * @property {string} nextSpinAt
 * @property {number} spinIntervalSeconds
 * @property {number} poolParticipantCount
 * @property {string} spinPhase
 * @property {string | null} currentSpinCycleId
 *
 * @typedef {object} Outcome
 * @property {string} spinCycleId
 * @property {string} result
 * @property {string | null} characterName
 * @property {string} at
 * @property {string | null} status
 *
 * @typedef {object} Scene
 * @property {Roulette} roulette
 * @property {{ names: string[], others: number }} wheel
 * @property {string | null} candidateCharacterName
 * @property {Outcome | null} outcome
 * @property {{ position: number, characterName: string }[]} joined
 * @property {number} goldPerWin
 */

import { ServerClock, clockText, nextOf } from "./clock.js";
import { follow } from "./feed.js";
import { Wheel } from "./wheel.js";

const TICK_MS = 250;
/** The last share of a round: the wheel has stopped, and the drawn name may be known. */
const STOPPED_SHARE = 0.1;
/** How long the wheel takes to stop, and how long it then stands, whatever the next round does. */
const LANDING_MS = 3000;
const STANDING_MS = 2500;
const SHORTEST_CARD_MS = 8000;
const LONGEST_CARD_MS = 30000;
const NEWS_MS = 4000;
/** The feed sends a scene at least every 15 seconds. */
const SILENCE_MS = 40000;

const root = part("overlay");
const words = root.dataset;
const language = document.documentElement.lang;
const numbers = new Intl.NumberFormat(language);
const plurals = new Intl.PluralRules(language);
const motion = matchMedia("(prefers-reduced-motion: no-preference)");
const wheel = new Wheel(part("wheel"));
const clock = new ServerClock(words.serverNow ?? "");

/** @type {Scene | undefined} */
let scene;
let isUp = true;
/** What the page says of its connection; "" while all is well. */
let trouble = "";
/** The round whose fixed list is on the wheel. */
let fixedFor = "";
/** Until when the wheel shows where it stopped, and when it will have stopped; page's time in ms. */
let standsUntil = 0;
let landedAt = 0;
let landedOn = "";
/** The round whose outcome is on the card, and since when; the service's time in ms. */
let told = { round: "", since: -Infinity };
let newsTurn = 0;
let newsUntil = 0;
let newestSeen = -1;

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return found;
}

/**
 * Writes a text only when it differs: a live region must not speak for nothing.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {string | undefined} text
 * @param {Record<string, string>} values
 */
function fill(text, values) {
  return (text ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** @param {Scene} newest */
function onScene(newest) {
  scene = newest;
  clock.correct(newest.roulette.serverNow);
  render();
}

function render() {
  showClock();
  if (!scene) return;
  const phase = phaseNow(scene);
  root.dataset.phase = phase;
  put(part("phase"), root.getAttribute(`data-phase-${phase}`) ?? "");
  turnWheel(scene, phase);
  showOutcome(scene, phase);
  const count = scene.roulette.poolParticipantCount;
  const form = root.getAttribute(`data-pool-${plurals.select(count)}`) ?? words.poolOther;
  put(part("pool"), fill(form, { number: numbers.format(count) }));
  showNews(scene);
}

function showClock() {
  const now = clock.now();
  const interval = Number(scene?.roulette.spinIntervalSeconds ?? words.interval) * 1000;
  const spinAt = Date.parse(scene?.roulette.nextSpinAt ?? words.nextSpinAt ?? "");
  const left = nextOf(spinAt, interval, now) - now;
  put(part("to-spin"), clockText(left));
  part("left").setAttribute("width", ((100 * left) / interval).toFixed(1));
}

/**
 * The service's phase; between its messages only the end of a spin is known by the clock alone.
 * A round whose outcome is known has nothing to check any more.
 *
 * @param {Scene} shown
 */
function phaseNow({ roulette, outcome }) {
  const left = Date.parse(roulette.nextSpinAt) - clock.now();
  const isStopped = left <= roulette.spinIntervalSeconds * 1000 * STOPPED_SHARE;
  const phase = roulette.spinPhase === "spinning" && isStopped ? "verification" : roulette.spinPhase;
  const isKnown = outcome !== null && outcome.spinCycleId === roulette.currentSpinCycleId;
  return phase === "verification" && isKnown ? "completed" : phase;
}

/**
 * @param {Scene} shown
 * @param {string} phase
 */
function turnWheel({ roulette, wheel: slices, candidateCharacterName: drawn }, phase) {
  const isDrawing = phase === "spinning" || phase === "verification";
  const isOver = phase === "completed" && drawn !== null;
  const round = roulette.currentSpinCycleId ?? "";
  if (!isDrawing && !isOver) {
    if (performance.now() < standsUntil) return;
    fixedFor = "";
    landedOn = "";
    wheel.show(slices);
    if (wheel.host.dataset.state !== "resting") wheel.rest();
    return;
  }
  if (fixedFor !== round) {
    fixedFor = round;
    landedOn = "";
    wheel.show(slices);
  }
  if (drawn !== null && phase !== "spinning") return land(drawn);
  // Without the service nobody knows whether the wheel still turns.
  if (isUp) wheel.spin();
  else wheel.rest();
}

/** @param {string} name */
function land(name) {
  if (landedOn === name) return;
  landedOn = name;
  landedAt = performance.now() + (motion.matches ? LANDING_MS : 0);
  standsUntil = landedAt + STANDING_MS;
  wheel.land(name);
}

/**
 * The card stays for a while, and never tells before the wheel has.
 *
 * @param {Scene} shown
 * @param {string} phase
 */
function showOutcome(shown, phase) {
  const { outcome } = shown;
  const isTurning = phase === "spinning" || performance.now() < landedAt;
  const card = part("winner");
  card.hidden = outcome === null || isTurning || !isFresh(shown, outcome);
  if (card.hidden || !outcome) return;
  const won = outcome.result === "winner";
  const values = { name: outcome.characterName ?? "★", gold: numbers.format(shown.goldPerWin) };
  put(part("outcome"), won ? fill(words.sayWinner, values) : (words.sayNobody ?? ""));
  card.dataset.result = outcome.result;
  const payout = part("payout");
  payout.hidden = outcome.status === null;
  payout.dataset.status = outcome.status ?? "";
  put(payout, root.getAttribute(`data-status-${(outcome.status ?? "").toLowerCase()}`) ?? "");
}

/**
 * Counted from when it could be shown: the report may have come while the wheel still turned.
 *
 * @param {Scene} shown
 * @param {Outcome} outcome
 */
function isFresh({ roulette }, outcome) {
  const now = clock.now();
  const round = roulette.spinIntervalSeconds * 1000;
  const lasts = Math.min(LONGEST_CARD_MS, Math.max(SHORTEST_CARD_MS, round / 5));
  if (told.round !== outcome.spinCycleId) {
    const waited = round * STOPPED_SHARE + LANDING_MS;
    const isOld = now - Date.parse(outcome.at) > lasts + waited;
    told = { round: outcome.spinCycleId, since: isOld ? -Infinity : now };
  }
  return now - told.since <= lasts;
}

/** Who entered, one after the other; somebody new at once. @param {Scene} shown */
function showNews({ joined, outcome }) {
  const lines = joined.map(({ characterName }) => fill(words.sayJoined, { name: characterName }));
  if (outcome?.characterName) {
    lines.splice(1, 0, fill(words.sayLastWinner, { name: outcome.characterName }));
  }
  const newest = joined[0]?.position ?? -1;
  const isNew = newest > newestSeen;
  const now = performance.now();
  if (!isNew && now < newsUntil) return;
  newsTurn = isNew ? 0 : newsTurn + 1;
  newestSeen = Math.max(newest, newestSeen);
  newsUntil = now + NEWS_MS;
  const news = part("news");
  const line = lines[newsTurn % Math.max(1, lines.length)] ?? "";
  if (news.textContent === line) return;
  news.textContent = line;
  if (motion.matches) news.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 400 });
}

function showTrouble() {
  const note = part("note");
  note.hidden = isUp;
  put(note, isUp ? "" : trouble || (words.sayLost ?? ""));
}

/** @param {boolean} up */
function onChange(up) {
  isUp = up;
  if (up) trouble = "";
  showTrouble();
  render();
}

/** A feed that was refused says no reason; the same question, asked once, does. */
async function onRefused() {
  const answer = await fetch(address(words.once ?? "")).catch(() => null);
  if (answer?.ok) onScene(await answer.json());
  trouble = (answer?.status === 403 && words.sayClosed) || (answer?.status === 429 && words.sayBusy) || "";
  showTrouble();
}

/** @param {string} path */
function address(path) {
  const link = new URLSearchParams(location.search).get("link") ?? "";
  return `${path}?${new URLSearchParams({ link })}`;
}

setInterval(render, TICK_MS);
follow(address(words.live ?? ""), { scene: onScene }, onChange, { silence: SILENCE_MS, onRefused });
