/** The service (EBS): calls to it, its clock and its rounds, and when to ask again. */

import { EBS_URL } from "./settings.js";

const TIMEOUT_MS = 25_000;

export class ApiError extends Error {
  /**
   * @param {string} code The service's code, or "network" when no answer of its came.
   * @param {string} message The service's own words, or "".
   * @param {number} [status] 0 without an answer
   * @param {number} [retryAfter] seconds
   */
  constructor(code, message, status = 0, retryAfter = 0) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Address of the service without a slash at its end; "" when nobody has set it. */
export function serviceUrl() {
  if (EBS_URL) return EBS_URL.replace(/\/+$/, "");
  const { protocol, hostname, origin } = location;
  const isHostedByTwitch = hostname.endsWith(".ext-twitch.tv");
  return protocol.startsWith("http") && !isHostedByTwitch ? origin : "";
}

/**
 * @param {"GET" | "POST"} method
 * @param {string} path
 * @param {string | null} [token] of the Extension
 * @param {unknown} [body]
 * @returns {Promise<any>} the JSON of the answer
 */
export async function call(method, path, token, body) {
  try {
    const answer = await fetch(serviceUrl() + path, {
      method,
      headers: {
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body ? { "Content-Type": "application/json" } : {}),
      },
      body: body ? JSON.stringify(body) : null,
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.ok) return answer.status === 204 ? null : await answer.json();
    throw await refusal(answer);
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError("network", "");
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  const { code, message } = (await answer.json().catch(() => null)) ?? {};
  const wait = Number(answer.headers.get("Retry-After")) || 0;
  return new ApiError(`${code}`, `${message ?? ""}`, answer.status, wait);
}

/** The service's clock as far as it is known here; the computer's own may be minutes off. */
export class ServerClock {
  /** Server time minus the browser's monotonic time, in ms; NaN before the first answer. */
  #skew = NaN;

  /**
   * Take the instant of an answer that has just arrived.
   *
   * @param {string} serverNow RFC 3339
   * @param {number} roundTrip ms between question and answer: the instant is half of it old
   */
  set(serverNow, roundTrip) {
    this.#skew = Date.parse(serverNow) + roundTrip / 2 - performance.now();
  }

  /**
   * Take the instant of a message whose way took unknown time: it can only show that we are late.
   *
   * @param {string} serverNow
   */
  atLeast(serverNow) {
    if (!(Date.parse(serverNow) <= this.now())) this.set(serverNow, 0);
  }

  /** Milliseconds since 1970 by the service's clock; NaN before the first answer. */
  now() {
    return performance.now() + this.#skew;
  }
}

/**
 * A countdown as MM:SS; a second that has begun counts as whole, what is no number is over.
 *
 * @param {number} seconds
 */
export function clockText(seconds) {
  const whole = seconds > 0 ? Math.ceil(seconds) : 0;
  return [Math.floor(whole / 60), whole % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** Shares of a round, counted from its end, in which the wheel turns and the winner is checked. */
const SPINNING_SHARE = 0.2;
const CHECKING_SHARE = 0.1;
const MOVING = ["collecting", "spinning", "verification"];

/**
 * Seconds to the next spin and which share of the round that is; zero for what is no time.
 *
 * @param {import("../types").Roulette} roulette
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
 * @param {import("../types").Roulette} roulette
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

const FIRST_DELAY = 3_000;
const LONGEST_DELAY = 60_000;
/** A new token comes by itself; until then another question would only be refused again. */
const UNAUTHORIZED_DELAY = 60_000;
/** A longer period than this keeps to no grid. */
const LONGEST_ON_GRID = 20_000;
/** A planned question that is this share of a period late still belongs to its place. */
const LATE = 0.1;

/**
 * @typedef {object} Options
 * @property {() => Promise<unknown>} ask
 * @property {(error: unknown) => void} onFailure
 * @property {() => number} period ms between questions
 * @property {() => number} now the service's time in ms; NaN while it is unknown
 */

export class Poller {
  /** @type {Options} */
  #options;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #delay = FIRST_DELAY;
  /** When the last question was asked that was answered, in the browser's monotonic time. */
  #askedAt = -Infinity;
  /** How late that may have been. */
  #late = 0;
  /** No question before this, as the service asked for. */
  #notBefore = 0;
  #started = false;
  #asking = false;
  #again = false;
  #failed = false;
  isSeen = true;
  #place = 500 + 3_500 * Math.random();

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  /** Ask now and forget earlier failures, as for a click or a new token. */
  async poll() {
    this.#started = true;
    if (this.#asking) return;
    this.#delay = FIRST_DELAY;
    this.#failed = false;
    await this.#question();
  }

  /** There is news: ask now or when the page is seen; after a failure the planned time is right. */
  async nudge() {
    if (!this.#started || this.#failed) return;
    if (this.#asking) this.#again = true;
    else if (this.isSeen) await this.#question();
    else this.#askedAt = -Infinity;
  }

  /** The period may have changed: plan the next question anew. */
  replan() {
    if (this.#askedAt > 0 && !this.#failed && !this.#asking) this.#plan(this.#untilNext());
  }

  /**
   * Told that the viewer sees the page, or no longer does.
   *
   * @param {boolean} visible
   */
  show(visible) {
    if (visible === this.isSeen) return;
    this.isSeen = visible;
    clearTimeout(this.#timer);
    if (!visible || !this.#started || this.#asking) return;
    const now = performance.now();
    if (this.#failed) this.#plan(this.#notBefore - now);
    else this.#plan(this.#askedAt + this.#options.period() > now ? this.#untilNext() : 0);
  }

  async #question(late = 0) {
    clearTimeout(this.#timer);
    if (!this.isSeen) return;
    this.#asking = true;
    this.#again = false;
    let wait;
    try {
      const now = performance.now();
      await this.#options.ask();
      this.#askedAt = now;
      this.#late = late;
      this.#failed = false;
      this.#delay = FIRST_DELAY;
      wait = this.#again ? 0 : this.#untilNext();
    } catch (error) {
      wait = this.#waitAfter(error);
      this.#options.onFailure(error);
    }
    this.#asking = false;
    this.#plan(wait);
  }

  /** @param {unknown} error */
  #waitAfter(error) {
    this.#failed = true;
    this.#delay = Math.min(LONGEST_DELAY, this.#delay * 2);
    if (!(error instanceof ApiError)) return this.#delay;
    const asked = error.retryAfter * 1000;
    this.#notBefore = performance.now() + asked;
    return Math.max(asked, error.status === 401 ? UNAUTHORIZED_DELAY : this.#delay);
  }

  /** Every page has its own place on the grid, so that not all of them ask at once. */
  #untilNext() {
    const period = this.#options.period();
    const since = performance.now() - this.#askedAt;
    const now = this.#options.now();
    if (Number.isNaN(now) || period > LONGEST_ON_GRID) return period - since;
    const slot = Math.ceil((now - since - this.#place) / period - this.#late) + 1;
    return slot * period + this.#place - now;
  }

  /** @param {number} wait ms */
  #plan(wait) {
    clearTimeout(this.#timer);
    if (this.isSeen) this.#timer = setTimeout(() => this.#question(LATE), Math.max(0, wait));
  }
}
