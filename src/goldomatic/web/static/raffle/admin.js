// @ts-check

/** Makes the broadcaster's page live: forms without a new page, questions in a dialog, the feed. */

import { follow } from "../feed.js";
import { StepDialog } from "./admin_dialog.js";
import { ask, place, remember } from "./admin_parts.js";
import { Wheel } from "./wheel.js";

const REFRESH_EVERY_MS = 2000;
const RETRY_MS = 5000;
const LONGEST_RETRY_MS = 60000;
const TYPING_MS = 250;
const RESULT_PARTS = ["done", "n", "id"];

const root = /** @type {HTMLElement} */ (document.getElementById("admin"));

/** @param {string} id */
function element(id) {
  return document.getElementById(id);
}

/** @param {string} text */
function say(text) {
  const region = element("say");
  if (region) region.textContent = text;
}

/** The address of what is to be seen, without what was told after the last form. */
function address() {
  const query = new URLSearchParams(location.search);
  for (const name of RESULT_PARTS) query.delete(name);
  const text = query.toString();
  return text ? `${location.pathname}?${text}` : location.pathname;
}

let isOut = false;

/**
 * Whoever is not the broadcaster any more sees nothing of the raffle.
 *
 * @param {Document} page
 */
function shutOut(page) {
  const card = page.querySelector("main");
  if (card) document.querySelector("main")?.replaceWith(card);
  isOut = true;
}

/* Refreshing: at most every two seconds, never while the wheel turns, never twice at once. */

let isAsking = false;
let isWanted = false;
let failures = 0;
let last = 0;
/** How many forms have been answered: a page that was asked for before is older than theirs. */
let answered = 0;
/** Somebody waits for it. */
let isUrgent = false;
/** @type {number | undefined} */
let planned;

function refresh() {
  isWanted = true;
  if (isOut || isAsking || wheel.isTurning || document.hidden || planned !== undefined) return;
  const wait = isUrgent
    ? 0
    : failures
    ? Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** (failures - 1))
    : Math.max(0, last + REFRESH_EVERY_MS - performance.now());
  planned = setTimeout(load, wait);
}

async function load() {
  planned = undefined;
  if (wheel.isTurning || document.hidden) return;
  isAsking = true;
  isWanted = isUrgent = false;
  const before = answered;
  show("refreshing", true);
  try {
    const { status, page } = await ask(address());
    if (status === 401) return shutOut(page);
    if (status !== 200) throw new Error(String(status));
    // Names on the page would tell the result before the wheel stops.
    if (wheel.isTurning || answered !== before) isWanted = true;
    else place(page, { keeps: true });
    failures = 0;
    show("lost", false);
  } catch {
    failures += 1;
    isWanted = true;
    show("lost", failures >= 3);
  } finally {
    last = performance.now();
    isAsking = false;
    show("refreshing", false);
  }
  if (isWanted) refresh();
}

/**
 * @param {string} id
 * @param {boolean} isShown
 */
function show(id, isShown) {
  const found = element(id);
  if (found) found.hidden = !isShown;
}

/* Forms */

/**
 * The fields of a form with the button that sends it.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 */
function fieldsOf(form, button) {
  const fields = new URLSearchParams();
  const data = new FormData(form, button);
  for (const [name, value] of data) if (typeof value === "string") fields.append(name, value);
  return fields;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} text
 */
function tell(form, text) {
  const part = form.closest("[data-part]") ?? form;
  const told = part.querySelector(".told[id^='told-']");
  if (told instanceof HTMLElement) {
    told.textContent = text;
    told.dataset.kind = "bad";
    told.dataset.at = String(performance.now());
    told.hidden = false;
  }
  say(text);
}

/**
 * Sends a form; the page that comes back says what became of it.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 */
async function send(form, button) {
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  // What the form was answered before is not so any more.
  const before = (form.closest("[data-part]") ?? form).querySelector(".told[id^='told-']");
  if (before instanceof HTMLElement) before.hidden = true;
  const fields = fieldsOf(form, button);
  const label = button?.textContent ?? "";
  if (button?.dataset.busy) button.textContent = button.dataset.busy;
  try {
    const { status, page } = await ask(form.action, fields);
    if (status === 401) shutOut(page);
    else if (page.querySelector("[data-part]")) taken(page, form);
    else tell(form, form.dataset.failed ?? root.dataset.failed ?? "");
  } catch {
    tell(form, form.dataset.offline ?? form.dataset.failed ?? root.dataset.failed ?? "");
  } finally {
    delete form.dataset.busy;
    if (button?.dataset.busy) button.textContent = label;
  }
}

/**
 * @param {Document} page
 * @param {Element} [form]
 */
function taken(page, form) {
  answered += 1;
  const told = page.querySelector("[data-part] .told[id^='told-']:not([hidden])");
  // While the wheel turns, the rest of the page would tell the result.
  const only = wheel.isTurning ? form?.closest("[data-part]")?.id : undefined;
  place(page, { only });
  const fresh = page.querySelector("#result");
  if (fresh && element("result")?.querySelector(".unveil")) wheel.show(fresh);
  if (told) say(told.textContent ?? "");
  element("tried")?.focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || dialog.holds(form)) return;
  const button = event.submitter;
  if (form.id === "draw") {
    event.preventDefault();
    wheel.draw(form);
  } else if ("live" in form.dataset) {
    event.preventDefault();
    send(form, button);
  } else if ("asks" in form.dataset) {
    event.preventDefault();
    dialog.open(`${form.action}?${fieldsOf(form, button)}`, button);
  } else if ("search" in form.dataset) {
    event.preventDefault();
    search();
  } else if ("refresh" in form.dataset) {
    event.preventDefault();
    refreshNow();
  }
});

/* Searching, paging and tabs change the address, not the page. */

/** @param {string} query */
function go(query) {
  history.replaceState(null, "", query ? `${location.pathname}?${query}` : location.pathname);
  refreshNow();
}

function refreshNow() {
  isUrgent = true;
  clearTimeout(planned);
  planned = undefined;
  refresh();
}

function search() {
  const form = element("search");
  if (!(form instanceof HTMLFormElement)) return;
  go(new URLSearchParams([...fieldsOf(form, null)].filter(([, value]) => value)).toString());
}

/** @type {number | undefined} */
let typing;
element("search")?.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(search, TYPING_MS);
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if ("partLink" in link.dataset && link.closest("#entries")) {
    event.preventDefault();
    go(new URL(link.href).search.slice(1));
    element("entries")?.focus();
  } else if (link.dataset.tab) {
    event.preventDefault();
    turnTo(link.dataset.tab);
    history.replaceState(null, "", link.href);
  }
});

/** @param {string} name */
function turnTo(name) {
  for (const link of document.querySelectorAll("[data-tab]")) {
    if (link.getAttribute("data-tab") === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const tab of document.querySelectorAll(".tab")) {
    if (tab instanceof HTMLElement) tab.hidden = tab.id !== `tab-${name}`;
  }
}

/* Long work, as the feed tells of it. */

/** @param {{ action: string, done: number, of: number } | null} progress */
function onProgress(progress) {
  const box = element("progress");
  const bar = element("progress-bar");
  if (!box || !(bar instanceof HTMLProgressElement)) return;
  box.hidden = progress === null;
  if (!progress) return refresh();
  const name = box.getAttribute(`data-action-${progress.action}`) ?? "";
  const isWriting = progress.of > 0 && progress.done === progress.of;
  const label = element("progress-label");
  if (label) label.textContent = isWriting ? `${name}: ${box.dataset.writing}` : name;
  if (progress.of > 0) [bar.max, bar.value] = [progress.of, progress.done];
  else bar.removeAttribute("value");
}

remember(document);
if (RESULT_PARTS.some((name) => new URLSearchParams(location.search).has(name))) {
  history.replaceState(null, "", address());
}
const dialog = new StepDialog(
  /** @type {HTMLDialogElement} */ (element("dialog")),
  { taken, shutOut, say, fieldsOf },
);
const wheel = new Wheel(/** @type {HTMLElement} */ (element("wheel")), {
  say,
  winner: (drawId) => dialog.open(`/demo-admin/draws/${drawId}`, element("draw-winner")),
  stopped: refreshNow,
});
follow(
  "/api/live",
  { raffle: refresh, "raffle-draw": refresh, "raffle-progress": onProgress, reset: refresh },
  (up) => show("lost", !up),
  { rests: true },
);
