/** A service without the one answer for all: its three routes, within five requests a minute. */

import { ApiError, call } from "../shared/ebs.js";

const OWN_EVERY_MS = 60_000;
const EARLY_MS = 1_000;
const NAMES = ["Norinn", "Kael", "Mimir", "Gearspan", "Cogsworth", "Tinker"];

export class Older {
  period = 20_000;
  #askedAt = -Infinity;
  /** @type {Pick<import("../types").Snapshot, "poolMe" | "myLast">} */
  #own = { poolMe: null, myLast: null };

  /**
   * @param {string} token
   * @returns {Promise<import("../types").Snapshot>}
   */
  async load(token) {
    const roulette = await call("GET", "/api/roulette/state", token);
    const now = performance.now();
    if (now - this.#askedAt >= OWN_EVERY_MS - EARLY_MS) {
      this.#own = { poolMe: await own("/api/pool/me", token), myLast: await own("/api/payouts/my-last", token) };
      this.#askedAt = now;
    }
    return { roulette, wheel: somebody(roulette.poolParticipantCount), ...this.#own };
  }
}

/**
 * Such a service names nobody: some gnomes stand for them.
 *
 * @param {number} count
 */
function somebody(count) {
  const names = NAMES.slice(0, count);
  return { names, others: count - names.length };
}

/**
 * The viewer's own; nothing where there is none or who it is was not shared.
 *
 * @param {string} path
 * @param {string} token
 */
async function own(path, token) {
  try {
    return await call("GET", path, token);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 401)) return null;
    throw error;
  }
}
