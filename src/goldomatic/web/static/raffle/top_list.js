// @ts-check

/**
 * Keeps the leaderboard up to date from what the live feed tells: nothing is fetched for it.
 *
 * @typedef {{ id: number, name: string, weight: number, probability: number }} Row
 * @typedef {{ entries: Row[], totalEntries: number, totalWeight: number, version: string,
 *   submissionsOpen: boolean, sessionId: string | null }} Leaderboard
 */

import { percent, weight } from "./formats.js";

/** @param {Leaderboard} board */
export function showTop(board) {
  const top = document.getElementById("top");
  const rows = document.getElementById("top-rows");
  if (!top || !rows || top.dataset.version === board.version) return;
  top.dataset.version = board.version;
  const count = board.entries.length;
  const heading = document.getElementById("top-heading");
  const { heading: named, none = "" } = top.dataset;
  if (heading && named) heading.textContent = count ? named.replace("{n}", String(count)) : none;
  const empty = document.getElementById("top-empty");
  if (empty) empty.hidden = count > 0;
  rows.hidden = count === 0;
  const known = new Set([...rows.children].map((row) => row.getAttribute("data-entry")));
  rows.replaceChildren(
    ...board.entries.map((entry, at) => {
      const row = made(top, entry, at + 1);
      if (!known.has(String(entry.id))) row.classList.add("fresh");
      return row;
    }),
  );
}

/**
 * Mark another row as the reader's own.
 *
 * @param {string} own Id of the reader's entry, empty for none.
 */
export function showOwn(own) {
  const top = document.getElementById("top");
  if (!top) return;
  top.dataset.own = own;
  for (const row of top.querySelectorAll(".rank")) mark(row, own);
}

/**
 * @param {HTMLElement} top
 * @param {Row} entry
 * @param {number} place
 */
function made(top, entry, place) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("top-row"));
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const row = /** @type {HTMLElement} */ (copy.firstElementChild);
  row.dataset.entry = String(entry.id);
  fill(row, ".place", `#${place}`);
  fill(row, ".name", entry.name);
  fill(row, ".weighs", (top.dataset.weight ?? "").replace("{weight}", weight(entry.weight)));
  fill(row, ".odds", percent(entry.probability));
  row.querySelector("rect")?.setAttribute("width", entry.probability.toFixed(3));
  mark(row, top.dataset.own ?? "");
  return row;
}

/**
 * @param {Element} row
 * @param {string} own
 */
function mark(row, own) {
  const isOwn = own !== "" && row.getAttribute("data-entry") === own;
  row.classList.toggle("mine", isOwn);
  const you = row.querySelector(".you");
  if (you instanceof HTMLElement) you.hidden = !isOwn;
}

/**
 * @param {Element} row
 * @param {string} part
 * @param {string} text
 */
function fill(row, part, text) {
  const element = row.querySelector(part);
  if (element) element.textContent = text;
}
