/** Asks again and again: on a grid of the service's time, slower after failures, never unseen. */

import { ApiError } from "./api.js";

const FIRST_DELAY = 3_000;
const LONGEST_DELAY = 60_000;
/** A new token comes by itself; until then another question would only be refused again. */
const UNAUTHORIZED_DELAY = 60_000;
/** A place on the grid that comes this much too early still counts. */
const EARLY = 250;

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
  #lastSuccess = -Infinity;
  /** No question before this, as the service asked for. */
  #notBefore = 0;
  #started = false;
  #asking = false;
  #failed = false;
  #visible = true;
  #place = Math.random();

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  /** Ask now and forget earlier failures, as for a click or a new token. */
  async poll() {
    this.#started = true;
    if (this.#asking) return;
    this.#delay = FIRST_DELAY;
    this.#notBefore = 0;
    this.#failed = false;
    await this.#question();
  }

  /** Ask now, because there is news; after a failure the planned question is early enough. */
  async nudge() {
    if (this.#started && !this.#failed && !this.#asking) await this.#question();
  }

  /** The period may have changed: plan the next question anew. */
  replan() {
    if (this.#lastSuccess > 0 && !this.#failed && !this.#asking) this.#plan(this.#untilGrid());
  }

  /**
   * Told that the viewer sees the page, or no longer does.
   *
   * @param {boolean} visible
   */
  show(visible) {
    if (visible === this.#visible) return;
    this.#visible = visible;
    clearTimeout(this.#timer);
    if (!visible || !this.#started || this.#asking) return;
    const now = performance.now();
    if (this.#failed) this.#plan(this.#notBefore - now);
    else this.#plan(this.#lastSuccess + this.#options.period() > now ? this.#untilGrid() : 0);
  }

  async #question() {
    clearTimeout(this.#timer);
    if (!this.#visible) return;
    this.#asking = true;
    let wait;
    try {
      await this.#options.ask();
      this.#lastSuccess = performance.now();
      this.#failed = false;
      this.#delay = FIRST_DELAY;
      wait = this.#untilGrid();
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
  #untilGrid() {
    const period = this.#options.period();
    const place = period > 20_000 ? period * this.#place : 500 + 3_500 * this.#place;
    const earliest = Math.max(0, this.#lastSuccess + period - EARLY - performance.now());
    const now = this.#options.now();
    if (Number.isNaN(now)) return earliest;
    return Math.ceil((now + earliest - place) / period) * period + place - now;
  }

  /** @param {number} wait ms */
  #plan(wait) {
    clearTimeout(this.#timer);
    if (this.#visible) this.#timer = setTimeout(() => this.#question(), Math.max(0, wait));
  }
}
