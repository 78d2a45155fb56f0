/** What the panel knows and where it comes from: answers, news, and what the clock makes of them. */

import { ApiError, call } from "../shared/ebs.js";
import { helper } from "../shared/page.js";
import { VERSION } from "../shared/settings.js";

/** @typedef {import("../types").Roulette} Roulette */
/** @typedef {import("../types").Public} Public */

/** Shares of a round, counted from its end, in which the wheel turns and the winner is checked. */
const SPINNING_SHARE = 0.2;
const CHECKING_SHARE = 0.1;
const MOVING = ["collecting", "spinning", "verification"];

/**
 * Seconds to the next spin and which share of the round that is; zero for what is no time.
 *
 * @param {Roulette} roulette
 * @param {number} now the service's time in ms
 */
export function timeLeft({ nextSpinAt, spinIntervalSeconds }, now) {
  const round = spinIntervalSeconds * 1000;
  const ahead = Date.parse(nextSpinAt) - now;
  if (!Number.isFinite(ahead) || !(round > 0)) return { seconds: 0, share: 0 };
  const left = ahead > 0 ? ahead : (ahead % round) + round;
  return { seconds: left / 1000, share: Math.min(1, left / round) };
}

/**
 * The service's phase, moved on by the clock: only forward, and never out of a standing one.
 *
 * @param {Roulette} roulette
 * @param {number} now
 * @returns {import("../types").Phase}
 */
export function phaseAt(roulette, now) {
  const told = MOVING.indexOf(roulette.spinPhase);
  if (told < 0) return roulette.spinPhase;
  if (now >= Date.parse(roulette.nextSpinAt)) return "collecting";
  const { share } = timeLeft(roulette, now);
  if (share === 0) return roulette.spinPhase;
  const reached = share <= CHECKING_SHARE ? 2 : share <= SPINNING_SHARE ? 1 : 0;
  return /** @type {import("../types").Phase} */ (MOVING[Math.max(told, reached)]);
}

/**
 * The name at which the wheel has stopped, once the service has told it for the running round.
 *
 * @param {Public} data
 * @param {import("../types").Phase} phase
 */
export function stoppedAt(data, phase) {
  const isOurs = data.roulette.spinPhase === phase && phase === "verification";
  return isOurs ? (data.candidateCharacterName ?? null) : null;
}

/**
 * The outcome that viewers see: the newest one, until a wheel turns again.
 *
 * @param {Public} data
 * @param {import("../types").Phase} phase
 */
export function outcomeShown({ lastOutcome, roulette }, phase) {
  if (!lastOutcome || phase === "spinning") return null;
  const isRunning = lastOutcome.spinCycleId === roulette.currentSpinCycleId;
  return phase === "verification" && !isRunning ? null : lastOutcome;
}

/**
 * The newer of two pieces of public news; what is the viewer's own stays.
 *
 * @template {Public} T
 * @param {T} known
 * @param {Public} news
 * @returns {T}
 */
export function withNews(known, news) {
  const isOld = Date.parse(news.roulette.serverNow) < Date.parse(known.roulette.serverNow);
  return isOld ? known : { ...known, ...news };
}

/** @type {import("./older.js").Older | undefined} */
let older;

/** Milliseconds between two questions. */
export const period = () => older?.period ?? 15_000;

/**
 * Everything in one answer, or what an older service's three say.
 *
 * @param {string} token
 * @returns {Promise<import("../types").Snapshot>}
 */
export async function loadSnapshot(token) {
  if (older) return older.load(token);
  try {
    return await call("GET", "/api/panel/snapshot", token);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const { Older } = await import("./older.js");
    older = new Older();
    return older.load(token);
  }
}

/** How long after a message the next may be expected; the service sends one at least every 20 s. */
export const ALIVE_MS = 45_000;

/**
 * @param {string} opaqueId
 * @param {object} listener
 * @param {(news: import("../types").Public) => void} listener.onNews what everybody may see
 * @param {() => void} listener.onOwn something of this viewer has changed
 */
export function followNews(opaqueId, { onNews, onOwn }) {
  /** @type {(target: string, contentType: string, message: string) => void} */
  const hear = (_target, _contentType, message) => {
    const { v, me, news } = read(message);
    if (v !== 1) return;
    if (me) onOwn();
    if (news?.roulette) onNews(news);
  };
  helper()?.listen?.("broadcast", hear);
  if (opaqueId) helper()?.listen?.(`whisper-${opaqueId}`, hear);
}

/** @param {string} message */
function read(message) {
  try {
    return JSON.parse(message) ?? {};
  } catch {
    return {};
  }
}

const LOOK_MS = 3_600_000;
const SUFFIX = /^(\d+\.\d+\.\d+)[-+].*/;

/**
 * @param {string} remote
 * @param {string} own
 */
function isNewer(remote, own) {
  const [theirs, ours] = [remote, own].map((each) => each.replace(SUFFIX, "$1"));
  return (theirs ?? "").localeCompare(ours ?? "", undefined, { numeric: true }) > 0;
}

/**
 * Looks now and every hour whether the service knows a newer extension; says so on top of the page.
 *
 * @param {string} code of the language
 */
export async function watchVersion(code) {
  setTimeout(() => watchVersion(code), LOOK_MS);
  if (document.hidden) return;
  try {
    const { version, minimumExtensionVersion, releaseNotesUrl } = await call("GET", "/api/version");
    const remote = [version, minimumExtensionVersion].find((each) => each && isNewer(each, VERSION));
    if (!remote) return;
    const { showUpdate } = await import("./update.js");
    showUpdate(code, remote, releaseNotesUrl);
  } catch (error) {
    console.info("No version:", error);
  }
}
