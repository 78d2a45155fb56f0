/** The service's clock as far as it is known here; the computer's own may be minutes off. */
export class ServerClock {
  /** Server time minus the browser's monotonic time, in ms; NaN before the first answer. */
  #skew = NaN;

  get known() {
    return !Number.isNaN(this.#skew);
  }

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
    if (!this.known || Date.parse(serverNow) > this.now()) this.set(serverNow, 0);
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
