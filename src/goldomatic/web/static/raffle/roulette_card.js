// @ts-check

/** The card of the roulette: phase, pool and countdown. */

import { ServerClock, clockText, nextOf } from "../clock.js";
import { counter } from "./formats.js";
import { plural, text } from "./say.js";

const card = document.getElementById("roulette-card");
const clock = new ServerClock(card?.dataset.serverNow ?? "");
let spinAt = Date.parse(card?.dataset.nextSpinAt ?? "");
let interval = Number(card?.dataset.interval) * 1000;

/** @param {{ roulette: { serverNow: string, nextSpinAt: string, spinIntervalSeconds: number,
 *   poolParticipantCount: number, spinPhase: string } }} state */
export function showRoulette({ roulette }) {
  if (!card) return;
  clock.correct(roulette.serverNow);
  spinAt = Date.parse(roulette.nextSpinAt);
  interval = roulette.spinIntervalSeconds * 1000;
  card.dataset.phase = roulette.spinPhase;
  const phase = card.getAttribute(`data-phase-${roulette.spinPhase}`) ?? undefined;
  text(document.getElementById("card-phase"), phase);
  const count = roulette.poolParticipantCount;
  text(document.getElementById("card-pool"), plural(card.dataset.pool, count, counter(count)));
  tick();
}

function tick() {
  const now = clock.now();
  text(document.getElementById("card-to-spin"), clockText(nextOf(spinAt, interval, now) - now));
}

if (card) setInterval(tick, 250);
