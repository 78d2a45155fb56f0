// @ts-check

/** The viewer's own part of the page: fetched whole, changed only where it differs. */

import { copyButtons } from "../copy.js";
import { localTimes } from "../times.js";
import { ago, chance } from "./formats.js";
import { showOwn } from "./top_list.js";

const RETRY_MS = 5000;
const WHO = "goldomatic-viewer";

class Mine {
  constructor() {
    /** What is to be put back into a form that comes again. */
    this.restore = () => {};
    this.error = "";
    /** The number of an entry that was made just now: thanked for until another session. */
    this.entered = new URLSearchParams(location.search).get("entered") ?? "";
    this.planned = 0;
    this.isPlanned = false;
    /** @type {Promise<void> | null} */
    this.asking = null;
    this.isOld = false;
    /** @type {HTMLElement | null} The form, while a switch keeps it away. */
    this.stopped = null;
    this.shownAt = Date.now();
  }

  get element() {
    return /** @type {HTMLElement} */ (document.getElementById("mine"));
  }

  /** Whose part this is; empty for nobody. */
  get viewer() {
    return this.element.dataset.viewer ?? "";
  }

  start() {
    showOwn(this.element.dataset.own ?? "");
    tellOthers(this.viewer);
    addEventListener("storage", (event) => {
      // Another tab has signed in or out: nothing of the old account may stay.
      if (event.key === WHO && event.newValue !== this.viewer) this.renewSoon(0);
    });
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest("[data-refresh]");
      if (!link) return;
      event.preventDefault();
      this.renewSoon(0);
    });
    setInterval(() => this.showAge(), 5000);
  }

  /**
   * Fetch the part within so many milliseconds; asked again meanwhile, it is fetched once.
   *
   * @param {number} spread
   */
  renewSoon(spread) {
    if (this.isPlanned && spread > 0) return;
    clearTimeout(this.planned);
    this.isPlanned = true;
    this.planned = setTimeout(() => this.renew(), Math.random() * spread);
  }

  /** Resolves when the part is as new as the moment of the call. */
  async renew() {
    this.isPlanned = false;
    if (document.visibilityState === "hidden") return;
    if (this.asking) this.isOld = true;
    else this.asking = this.ask().finally(() => (this.asking = null));
    await this.asking;
  }

  async ask() {
    do {
      this.isOld = false;
      try {
        const query = new URLSearchParams({ fragment: "mine", lang: document.documentElement.lang });
        if (this.entered) query.set("entered", this.entered);
        const answer = await fetch(`${location.pathname}?${query}`, {
          headers: { accept: "text/html" },
        });
        if (!answer.ok) throw new Error(String(answer.status));
        const found = new DOMParser().parseFromString(await answer.text(), "text/html");
        this.take(/** @type {HTMLElement} */ (found.getElementById("mine")));
      } catch {
        this.fail();
        this.planned = setTimeout(() => this.renew(), RETRY_MS);
      }
    } while (this.isOld);
  }

  /** What is shown stays; the card says that it may be old. */
  fail() {
    const note = document.getElementById("status-failed");
    if (!note) return;
    note.hidden = false;
    note.textContent = document.getElementById("status")?.dataset.failed ?? "";
  }

  /** @param {HTMLElement} fresh */
  take(fresh) {
    const old = this.element;
    const viewer = fresh.dataset.viewer ?? "";
    if (viewer !== this.viewer) {
      tellOthers(viewer);
      // Somebody else has signed in: the whole page is theirs now.
      if (viewer !== "") {
        location.reload();
        return;
      }
    }
    localTimes(fresh);
    copyButtons(fresh);
    if (fresh.dataset.shape !== old.dataset.shape || viewer !== this.viewer) {
      old.replaceWith(document.adoptNode(fresh));
    } else {
      for (const name of ["follow", "own", "weight"]) old.dataset[name] = fresh.dataset[name] ?? "";
      for (const part of [...fresh.children]) renewPart(part);
    }
    this.shownAt = Date.now();
    this.stopped = null;
    showOwn(this.element.dataset.own ?? "");
    this.restore();
    this.showError(this.error);
  }

  /** @param {string} words Why an entry was refused; stays until the next one is sent. */
  showError(words) {
    this.error = words;
    const place = document.getElementById("entry-error");
    if (!place || place.textContent === words) return;
    place.hidden = words === "";
    place.textContent = words;
  }

  /**
   * Show at once that nobody can enter now; what was typed comes back with the form.
   *
   * @param {"paused" | "closed"} state
   */
  stop(state) {
    const entry = document.getElementById("entry");
    const texts = /** @type {HTMLTemplateElement | null} */ (document.getElementById("texts"));
    const card = texts?.content.querySelector(`section[data-state="${state}"]`);
    if (entry?.dataset.state !== "form" || !card) return;
    const copy = /** @type {HTMLElement} */ (card.cloneNode(true));
    copy.id = "entry";
    copy.querySelector("h2")?.setAttribute("id", "entry-heading");
    entry.replaceWith(copy);
    this.stopped = entry;
  }

  /**
   * Another session runs, or none: the viewer's entry may have moved or is gone.
   *
   * @param {number} spread
   */
  followSession(spread) {
    this.entered = "";
    this.error = "";
    this.renewSoon(spread);
  }

  /**
   * The switch for submissions was turned, or not.
   *
   * @param {boolean} isOpen
   * @param {number} spread
   */
  followSwitch(isOpen, spread) {
    const state = document.getElementById("entry")?.dataset.state;
    if (!isOpen && state === "form") this.stop("closed");
    if (!isOpen || state !== "closed") return;
    this.showError("");
    if (this.stopped) document.getElementById("entry")?.replaceWith(this.stopped);
    else this.renewSoon(spread);
    this.stopped = null;
  }

  showAge() {
    const place = document.getElementById("updated");
    if (!place) return;
    const { now = "", seconds = "", minutes = "", hours = "", days = "" } = place.dataset;
    const age = ago((Date.now() - this.shownAt) / 1000, { now, seconds, minutes, hours, days });
    const words = (place.dataset.text ?? "").replace("{ago}", age);
    if (place.textContent !== words) place.textContent = words;
  }
}

export const mine = new Mine();

/**
 * The own chance among a pool of this weight, wherever it is shown.
 *
 * @param {number} totalWeight
 */
export function showChance(totalWeight) {
  const weight = Number(mine.element.dataset.weight || Number.NaN);
  if (!(totalWeight > 0) || !mine.element.dataset.own) return;
  for (const place of document.querySelectorAll('[data-mark="chance"]')) {
    place.textContent = chance((weight / totalWeight) * 100);
  }
}

/** @param {Element} fresh */
function renewPart(fresh) {
  const old = fresh.id ? document.getElementById(fresh.id) : null;
  if (!old || fresh.id === "entry-error") return;
  // A form that somebody types in is left alone while it stays the same form.
  const isSame = old.dataset.key ? old.dataset.key === fresh.getAttribute("data-key") : false;
  if (isSame || old.outerHTML === fresh.outerHTML) return;
  const open = [...old.querySelectorAll("details[open]")].map((each) => each.id);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const href = focused?.getAttribute("href");
  old.replaceWith(document.adoptNode(fresh));
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const again = href && fresh.querySelector(`a[href="${CSS.escape(href)}"]`);
  if (again instanceof HTMLElement) again.focus();
}

/** @param {string} viewer Other tabs hear of it. */
function tellOthers(viewer) {
  try {
    localStorage.setItem(WHO, viewer);
  } catch {
    // A browser that keeps nothing has no other tab to tell.
  }
}
