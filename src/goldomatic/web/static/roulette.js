// @ts-check

/**
 * Keeps the roulette's page up to date: numbers from the live feed, parts from the service.
 *
 * @typedef {object} Roulette
 * @property {string} serverNow
 * @property {string} nextSpinAt
 * @property {number} spinIntervalSeconds
 * @property {number} poolParticipantCount
 * @property {string} spinPhase
 *
 * @typedef {object} Draw
 * @property {string} drawId
 * @property {string} commitment
 * @property {boolean} frozen
 * @property {boolean} revealed
 *
 * @typedef {{ roulette: Roulette, draw: Draw | null }} State
 * @typedef {{ result: string, characterName: string | null }} Outcome
 */

import { ServerClock, clockText, nextOf } from "./clock.js";
import { follow } from "./feed.js";
import { localTimes } from "./times.js";

const TICK_MS = 250;
const DRAW_SHARE = 0.8;
/** Everybody watches the same feed: spread, their questions do not arrive in one instant. */
const SPREAD_MS = 1200;
const POOL_EVERY_MS = 10000;
const RETRY_MS = 5000;

const round = /** @type {HTMLElement} */ (document.getElementById("round"));
const clock = new ServerClock(round.dataset.serverNow ?? "");
let spinAt = Date.parse(round.dataset.nextSpinAt ?? "");
let interval = Number(round.dataset.interval) * 1000;
let count = Number(document.getElementById("pool")?.dataset.count);
let drawId = document.getElementById("running")?.dataset.drawId;

/**
 * @param {string} id
 * @param {string | undefined} text
 */
function show(id, text) {
  const element = document.getElementById(id);
  if (element && text !== undefined && element.textContent !== text) element.textContent = text;
}

/** @param {string | undefined} text */
function say(text) {
  show("say", text);
}

/**
 * A text that the page brought for a phase.
 *
 * @param {"phase" | "hint"} kind
 * @param {string} phase
 */
function textOf(kind, phase) {
  return round.getAttribute(`data-${kind}-${phase}`) ?? undefined;
}

function tick() {
  const now = clock.now();
  const toSpin = nextOf(spinAt, interval, now) - now;
  const passed = 1 - toSpin / interval;
  show("to-spin", clockText(toSpin));
  document.getElementById("passed")?.setAttribute("width", (100 * passed).toFixed(1));
  const phase = round.dataset.phase;
  const toDraw = toSpin - interval * (1 - DRAW_SHARE);
  const isDrawn = phase === "spinning" || phase === "verification";
  const label = document.getElementById("to-draw-label");
  if (label) label.hidden = phase !== "collecting";
  if (phase === "collecting") show("to-draw", clockText(toDraw));
  else show("to-draw", isDrawn ? round.dataset.drawn : round.dataset.noDraw);
}

/** @param {string} phase */
function showPhase(phase) {
  if (phase === round.dataset.phase) return;
  round.dataset.phase = phase;
  show("phase", textOf("phase", phase));
  show("hint", textOf("hint", phase));
  for (const step of round.querySelectorAll("[data-step]")) {
    if (step.getAttribute("data-step") === phase) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
  say(textOf("phase", phase));
}

/** @param {Draw | null} draw */
function showDraw(draw) {
  const running = document.getElementById("running");
  if (!draw || !running) return;
  const status = draw.revealed ? "revealed" : draw.frozen ? "frozen" : "committed";
  show("commitment", draw.commitment);
  show("running-status", running.dataset[status]);
  document.getElementById("running-status")?.setAttribute("data-status", status);
  document.getElementById("running-link")?.setAttribute("href", `/draws/${draw.drawId}`);
}

/**
 * Asks the service for a part of the page, at most once in `every` milliseconds.
 *
 * @param {string} name
 * @param {number} every
 * @param {() => void} [done]
 */
function part(name, every, done) {
  let planned = false;
  let last = Number.NEGATIVE_INFINITY;
  async function load() {
    planned = false;
    last = performance.now();
    const query = new URLSearchParams({ fragment: name, lang: document.documentElement.lang });
    const answer = await fetch(`/roulette?${query}`, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(`part ${name}: ${answer.status}`);
    replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
    done?.();
  }
  function plan() {
    if (planned) return;
    planned = true;
    const wait = Math.max(0, last + every - performance.now()) + Math.random() * SPREAD_MS;
    // A part that cannot be had now is asked for again: it must not stay old.
    setTimeout(() => load().catch(() => setTimeout(plan, RETRY_MS)), wait);
  }
  return plan;
}

/** @param {Document} found */
function replace(found) {
  for (const fresh of [...found.body.children]) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    const focused = old.contains(document.activeElement) && document.activeElement;
    const href = focused ? focused.getAttribute("href") : null;
    localTimes(fresh);
    old.replaceWith(fresh);
    const again = href && fresh.querySelector(`a[href="${CSS.escape(href)}"]`);
    if (again instanceof HTMLElement) again.focus();
  }
}

let isFresh = false;
const loadPool = document.getElementById("pool") ? part("pool", POOL_EVERY_MS) : () => {};
const loadResults = part("results", SPREAD_MS, () => {
  if (isFresh) document.getElementById("outcome")?.setAttribute("data-fresh", "");
  isFresh = false;
});

/** @param {State} state */
function onState({ roulette, draw }) {
  clock.correct(roulette.serverNow);
  spinAt = Date.parse(roulette.nextSpinAt);
  interval = roulette.spinIntervalSeconds * 1000;
  const format = new Intl.NumberFormat(document.documentElement.lang);
  show("pool-count", format.format(roulette.poolParticipantCount));
  // Within a round only the number tells; who took another name is shown by the next round.
  if (roulette.poolParticipantCount !== count || draw?.drawId !== drawId) loadPool();
  count = roulette.poolParticipantCount;
  drawId = draw?.drawId;
  showPhase(roulette.spinPhase);
  showDraw(draw);
  tick();
}

/** @param {Outcome} outcome */
function onOutcome(outcome) {
  const { sayWinner = "", sayNobody, gold = "" } = round.dataset;
  const name = outcome.characterName ?? "";
  const won = outcome.result === "winner";
  say(won ? sayWinner.replace("{name}", name).replace("{gold}", gold) : sayNobody);
  isFresh = true;
  loadResults();
}

/** @param {boolean} up */
function onChange(up) {
  const note = document.getElementById("reconnecting");
  if (note) note.hidden = up;
}

setInterval(tick, TICK_MS);
follow(
  "/api/live",
  {
    state: onState,
    outcome: onOutcome,
    payout: loadResults,
    reset: () => {
      loadPool();
      loadResults();
    },
  },
  onChange,
);
