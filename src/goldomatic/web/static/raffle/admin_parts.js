// @ts-check

/** The parts of the broadcaster's page: asked for as a whole page, put in place one by one. */

import { copyButtons } from "../copy.js";
import { localTimes } from "../times.js";

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Document} page
 */

/** @type {Map<string, string>} A part as the service last sent it, so that only news moves. */
const sent = new Map();

/** @param {ParentNode} root */
export function remember(root) {
  for (const part of root.querySelectorAll("[data-part]")) sent.set(part.id, part.outerHTML);
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
    const edited = old && keeps ? edits(old) : new Map();
    // After a form of ours, what was typed gives way even where nothing else has changed.
    if (!old || (sent.get(fresh.id) === html && (keeps || edits(old).size === 0))) continue;
    sent.set(fresh.id, html);
    warn(old, fresh, edited);
    keep(edited, fresh);
    const open = [...old.querySelectorAll("details[open][id]")].map((each) => each.id);
    const focused = old.contains(document.activeElement) ? document.activeElement?.id : "";
    dress(fresh);
    old.replaceWith(fresh);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
  }
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
 * The fields that hold something else than what the service had sent.
 *
 * @param {Element} part
 * @returns {Map<string, string | boolean>}
 */
function edits(part) {
  /** @type {Map<string, string | boolean>} */
  const found = new Map();
  for (const field of part.querySelectorAll("input[id]")) {
    if (!(field instanceof HTMLInputElement) || field.type === "hidden") continue;
    if (field.type === "checkbox") {
      if (field.checked !== field.defaultChecked) found.set(field.id, field.checked);
    } else if (field.value !== field.defaultValue || field.validity.badInput) {
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
 * Numbers that were changed elsewhere while somebody types here are told, not hidden.
 *
 * @param {Element} old
 * @param {Element} fresh
 * @param {Map<string, string | boolean>} edited
 */
function warn(old, fresh, edited) {
  const note = fresh.querySelector("#weights-changed");
  if (!(note instanceof HTMLElement) || edited.size === 0) return;
  const wasTold = old.querySelector("#weights-changed:not([hidden])") !== null;
  const marks = [old, fresh].map((part) => part.getAttribute("data-mark"));
  note.hidden = !wasTold && marks[0] === marks[1];
}
