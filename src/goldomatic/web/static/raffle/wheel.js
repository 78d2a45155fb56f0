// @ts-check

/**
 * The wheel: names go by until the answer is there, and stop at whom the service has drawn.
 *
 * It decides nothing. Every name that goes by is from the pool as it was before.
 *
 * @typedef {object} Picked
 * @property {{ name: string, weight: number }} winner
 * @property {{ name: string }[]} spinList
 * @property {string} drawId
 * @property {boolean} hidden
 *
 * @typedef {object} Hooks
 * @property {(text: string) => void} say
 * @property {(drawId: string) => void} winner Show what the winner has submitted.
 * @property {() => void} stopped The page may show what is now.
 */

import { ask, dress } from "./admin_parts.js";
import { weight } from "./formats.js";

const STEP_MS = 100;
const SCROLL_MS = 2000;
const FINAL_STEPS = 16;
const FINAL_STEP_MS = 80;
const PAUSE_MS = 300;
const SHOWN_MS = 600;
const AFTER_MS = 1000;
const ROWS_ABOVE = 2;

/** What the service refuses, or why nothing came of it, in the reader's words. */
class Refusal extends Error {}

export class Wheel {
  /**
   * @param {HTMLElement} root
   * @param {Hooks} hooks
   */
  constructor(root, hooks) {
    this.root = root;
    this.hooks = hooks;
    this.isTurning = false;
    /** @type {string[]} */
    this.names = [];
    this.at = 0;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /**
   * One draw, from the click to the next one.
   *
   * @param {HTMLFormElement} form
   */
  async draw(form) {
    if (this.isTurning) return;
    this.lock(true);
    this.tell("");
    this.result.replaceChildren();
    this.names = this.pool();
    this.root.scrollIntoView({ block: "start" });
    this.scroll();
    try {
      const hide = form.querySelector("#hide");
      const picked = await this.pick(hide instanceof HTMLInputElement && hide.checked);
      const panel = ask(resultAddress(picked.drawId)).catch(() => null);
      this.names = [...picked.spinList.map((each) => each.name), picked.winner.name];
      await wait(SCROLL_MS);
      await this.final();
      await wait(PAUSE_MS);
      await this.reveal(picked, await panel);
    } catch (error) {
      this.rest("idle");
      this.tell(error instanceof Refusal ? error.message : (this.root.dataset.failed ?? ""));
      this.lock(false);
    }
  }

  /** The heaviest entries of the pool as they are now. */
  pool() {
    return [...document.querySelectorAll("#pool-names li")].map((each) => each.textContent ?? "");
  }

  get result() {
    return /** @type {HTMLElement} */ (document.getElementById("result"));
  }

  get reel() {
    return /** @type {HTMLElement} */ (document.getElementById("reel"));
  }

  /**
   * Asks for the draw, once.
   *
   * @param {boolean} hideUntilReveal
   * @returns {Promise<Picked>}
   */
  async pick(hideUntilReveal) {
    const texts = this.root.dataset;
    /** @type {Response} */
    let answer;
    try {
      answer = await post("/api/pick-winner", { hideUntilReveal });
    } catch {
      throw new Refusal(texts.offline);
    }
    const said = await answer.json().catch(() => ({}));
    if (answer.ok && said.success) return said;
    const code = String(said.errorCode ?? "").toLowerCase();
    throw new Refusal(this.root.getAttribute(`data-refused-${code}`) ?? said.error ?? texts.failed);
  }

  /* The reel */

  scroll() {
    if (isStill()) return this.rest("waits");
    this.reel.dataset.state = "turns";
    const step = () => {
      this.turn();
      this.timer = setTimeout(step, STEP_MS);
    };
    step();
  }

  async final() {
    clearTimeout(this.timer);
    if (isStill()) return wait(FINAL_STEPS * FINAL_STEP_MS);
    this.reel.dataset.state = "slows";
    // The last of these steps brings the winner, who is the last of the names, to the middle.
    this.at = this.names.length - 1 - FINAL_STEPS;
    for (let step = 0; step < FINAL_STEPS; step += 1) {
      this.turn();
      await wait(FINAL_STEP_MS);
    }
  }

  /** Moves the names on by one row. */
  turn() {
    this.at += 1;
    const count = Math.max(1, this.names.length);
    for (const [row, line] of [...this.reel.querySelectorAll("li")].entries()) {
      const index = (((this.at + row - ROWS_ABOVE) % count) + count) % count;
      line.textContent = this.names[index] ?? "";
    }
    const list = this.reel.querySelector("ol");
    // Begins the short slide of one row anew.
    list?.getAnimations().forEach((each) => [each.cancel(), each.play()]);
  }

  /** @param {string} state */
  rest(state) {
    clearTimeout(this.timer);
    this.reel.dataset.state = state;
  }

  /* What comes after */

  /**
   * @param {Picked} picked
   * @param {import("./admin_parts.js").Answer | null} answer The page with the result on it.
   */
  async reveal(picked, answer) {
    this.rest("stopped");
    const fresh = answer?.page.querySelector("#result");
    if (fresh?.querySelector(".won")) this.show(fresh);
    else this.plain(picked);
    if (picked.hidden) this.unveil(picked.drawId);
    const text = this.root.dataset.say ?? "{name}";
    this.hooks.say(text.replace("{name}", () => picked.winner.name));
    await wait(SHOWN_MS);
    this.hooks.winner(picked.drawId);
    await wait(AFTER_MS - SHOWN_MS);
    this.lock(false);
    this.hooks.stopped();
  }

  /**
   * Shows everybody what the wheel has shown; the service does so by itself ten seconds after the
   * draw at the latest.
   *
   * @param {string} drawId
   */
  async unveil(drawId) {
    this.result.querySelector(".unveil")?.remove();
    try {
      await post(`/api/admin/draws/${drawId}/reveal`, {});
      const fresh = (await ask(resultAddress(drawId))).page.querySelector("#result");
      // With the seed, which is public now.
      if (fresh?.querySelector(".won") && !this.isGone(drawId)) this.show(fresh);
    } catch {
      // Viewers see it when the time is up.
    }
  }

  /** @param {string} drawId Whether its result is no more to be seen, because of the next draw. */
  isGone(drawId) {
    return this.result.querySelector(".won")?.getAttribute("data-draw") !== drawId;
  }

  /** @param {Element} fresh The result as a page has it. */
  show(fresh) {
    dress(fresh);
    this.result.replaceChildren(...fresh.childNodes);
  }

  /**
   * The result without its small print, which could not be had.
   *
   * @param {Picked} picked
   */
  plain(picked) {
    const { winner = "", weight: text = "{weight}" } = this.root.dataset;
    const box = document.createElement("div");
    box.className = "won";
    for (const [name, line] of [
      ["won-heading", winner],
      ["won-name", picked.winner.name],
      ["won-weight", text.replace("{weight}", weight(picked.winner.weight))],
    ]) {
      const paragraph = document.createElement("p");
      paragraph.className = name ?? "";
      paragraph.textContent = line ?? "";
      box.append(paragraph);
    }
    this.result.replaceChildren(box);
  }

  /** @param {string} text */
  tell(text) {
    const told = document.getElementById("told-wheel");
    if (!told) return;
    told.textContent = text;
    told.dataset.kind = "bad";
    told.dataset.at = String(performance.now());
    told.hidden = !text;
    if (text) this.hooks.say(text);
  }

  /**
   * While a draw runs, nothing else may change what it is about.
   *
   * @param {boolean} isTurning
   */
  lock(isTurning) {
    this.isTurning = isTurning;
    document.body.toggleAttribute("data-drawing", isTurning);
    for (const each of document.querySelectorAll("[data-pauses], #draw-winner, #hide")) {
      if (!(each instanceof HTMLButtonElement || each instanceof HTMLInputElement)) continue;
      if (isTurning && !each.disabled) [each.disabled, each.dataset.paused] = [true, "yes"];
      else if (!isTurning && each.dataset.paused) {
        each.disabled = false;
        delete each.dataset.paused;
      }
    }
    const button = document.getElementById("draw-winner");
    if (!button) return;
    button.dataset.label ??= button.textContent ?? "";
    button.textContent = (isTurning ? button.dataset.busy : button.dataset.label) ?? "";
  }
}

/** @param {string} drawId */
function resultAddress(drawId) {
  return `/demo-admin?tab=raffle&draw=${drawId}`;
}

function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** @param {number} milliseconds */
function wait(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/**
 * @param {string} url
 * @param {object} body
 */
function post(url, body) {
  const headers = { "content-type": "application/json" };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}
