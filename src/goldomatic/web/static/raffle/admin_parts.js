// @ts-check

/** The parts of the broadcaster's page: asked for as a whole page, put in place one by one. */

import { copyButtons } from "../copy.js";
import { localTimes } from "../times.js";

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Document} page
 */

const TOLD_MS = 15000;

/** @type {Map<string, string>} A part as the service last sent it, so that only news moves. */
const sent = new Map();

/** @param {ParentNode} root */
export function remember(root) {
  for (const part of root.querySelectorAll("[data-part]")) sent.set(part.id, part.outerHTML);
  stamp(root);
}

/**
 * Asks for a page, or sends a form; what the service answers in the end, wherever that lies.
 *
 * @param {string} url
 * @param {URLSearchParams} [body]
 * @returns {Promise<Answer>}
 */
export async function ask(url, body) {
  const answer = await fetch(url, {
    method: body ? "POST" : "GET",
    headers: { accept: "text/html" },
    body: body ?? null,
  });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { status: answer.status, page };
}

/**
 * Puts the parts of a fresh page in the place of the old ones.
 *
 * @param {Document} page
 * @param {{ keeps?: boolean, only?: string | undefined }} [how] `keeps`: what is being typed is
 *   kept. `only`: one part alone is put in place.
 */
export function place(page, { keeps = false, only } = {}) {
  for (const fresh of page.querySelectorAll("[data-part]")) {
    if (only && fresh.id !== only) continue;
    const old = document.getElementById(fresh.id);
    const html = fresh.outerHTML;
    if (!old) continue;
    const edited = edits(old);
    // After a form of ours, what was typed gives way even where nothing else has changed.
    if (sent.get(fresh.id) === html && (keeps || edited.size === 0)) continue;
    sent.set(fresh.id, html);
    if (keeps && edited.size > 0 && old.querySelector("[data-carries]")) merge(old, fresh, edited);
    else replace(old, fresh, keeps ? edited : new Map());
  }
}

/**
 * @param {HTMLElement} old
 * @param {Element} fresh
 * @param {Map<string, string | boolean>} edited
 */
function replace(old, fresh, edited) {
  keepTold(old, fresh);
  stamp(fresh);
  keep(edited, fresh);
  const open = [...old.querySelectorAll("details[open][id]")].map((each) => each.id);
  const focused = old.contains(document.activeElement) ? document.activeElement?.id : "";
  dress(fresh);
  old.replaceWith(fresh);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus();
}

/**
 * Takes stored numbers over into a form in which somebody types: what is typed, what is wrong with
 * it and what was tried with it stay. That stored numbers have changed is told.
 *
 * @param {HTMLElement} old
 * @param {Element} fresh
 * @param {Map<string, string | boolean>} edited
 */
function merge(old, fresh, edited) {
  for (const stored of fresh.querySelectorAll("input[data-stored]")) {
    const field = document.getElementById(stored.id);
    if (!(field instanceof HTMLInputElement && stored instanceof HTMLInputElement)) continue;
    field.dataset.stored = stored.dataset.stored;
    if (!edited.has(field.id)) field.value = stored.value;
  }
  if (old.dataset.mark === fresh.getAttribute("data-mark")) return;
  old.dataset.mark = fresh.getAttribute("data-mark") ?? "";
  const mark = old.querySelector("input[name=mark]");
  if (mark instanceof HTMLInputElement) mark.value = old.dataset.mark;
  const note = old.querySelector("#weights-changed");
  if (note instanceof HTMLElement) note.hidden = false;
}

/**
 * What every fresh piece of a page needs.
 *
 * @param {ParentNode} fresh
 */
export function dress(fresh) {
  localTimes(fresh);
  copyButtons(fresh);
}

/**
 * The fields that hold something else than what is stored, or than what the service had sent.
 *
 * @param {Element} part
 * @returns {Map<string, string | boolean>}
 */
function edits(part) {
  /** @type {Map<string, string | boolean>} */
  const found = new Map();
  for (const field of part.querySelectorAll("input[id]")) {
    if (!(field instanceof HTMLInputElement) || field.type === "hidden") continue;
    const { stored } = field.dataset;
    if (field.type === "checkbox") {
      const was = stored === undefined ? field.defaultChecked : stored === "on";
      if (field.checked !== was) found.set(field.id, field.checked);
    } else if (field.value !== (stored ?? field.defaultValue) || field.validity.badInput) {
      found.set(field.id, field.value);
    }
  }
  return found;
}

/**
 * @param {Map<string, string | boolean>} edited
 * @param {Element} fresh
 */
function keep(edited, fresh) {
  for (const [id, value] of edited) {
    const field = fresh.querySelector(`#${CSS.escape(id)}`);
    if (!(field instanceof HTMLInputElement) || field.disabled) continue;
    if (typeof value === "boolean") field.checked = value;
    else field.value = value;
  }
}

/**
 * What a form was answered stays to be read for a while, unless it is not so any more.
 *
 * @param {Element} old
 * @param {Element} fresh
 */
function keepTold(old, fresh) {
  const states = [old, fresh].map((part) => part.querySelector(".state")?.textContent);
  if (states[0] !== states[1]) return;
  for (const told of old.querySelectorAll(".told[data-at]:not([hidden])")) {
    const again = fresh.querySelector(`#${CSS.escape(told.id)}[hidden]`);
    const age = performance.now() - Number(told.getAttribute("data-at"));
    if (again && age < TOLD_MS) again.replaceWith(told.cloneNode(true));
  }
}

/**
 * Notes when what is told began to be seen.
 *
 * @param {ParentNode} fresh
 */
function stamp(fresh) {
  for (const told of fresh.querySelectorAll(".told[id^='told-']:not([hidden], [data-at])")) {
    told.setAttribute("data-at", String(performance.now()));
  }
}
