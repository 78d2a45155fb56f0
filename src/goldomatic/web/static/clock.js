// @ts-check

/** The service's clock, as far as it is known here: the browser's own may be minutes off. */
export class ServerClock {
  /** @param {string} serverNow The service's present instant, RFC 3339. */
  constructor(serverNow) {
    this.ahead = 0;
    this.correct(serverNow);
  }

  /** @param {string} serverNow */
  correct(serverNow) {
    this.ahead = Date.parse(serverNow) - Date.now();
  }

  /** Milliseconds since 1970 by the service's clock. */
  now() {
    return Date.now() + this.ahead;
  }
}

/**
 * The first of a row of instants, one every `interval`, that lies after `now`. All milliseconds.
 *
 * @param {number} one Any of these instants.
 * @param {number} interval
 * @param {number} now
 */
export function nextOf(one, interval, now) {
  return now < one ? one : one + (Math.floor((now - one) / interval) + 1) * interval;
}

/**
 * A countdown as minutes and seconds; a second that has begun counts as whole.
 *
 * @param {number} milliseconds
 */
export function clockText(milliseconds) {
  const whole = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
