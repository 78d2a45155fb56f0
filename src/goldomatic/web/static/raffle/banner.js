// @ts-check

/**
 * What everybody sees besides the leaderboard: switch, number of entries, winner, next draw.
 *
 * @typedef {{ id: number, name: string }} Winner
 */

import { counter } from "./formats.js";
import { plural, say, text } from "./say.js";

/**
 * @param {import("./top_list.js").Leaderboard} board
 * @param {Winner | null} winner
 */
export function showBanner(board, winner) {
  const banner = document.getElementById("banner");
  if (!banner) return;
  const { open = "", closed = "", total, none, paused, pausedWinner = "" } = banner.dataset;
  const wasOpen = banner.dataset.isOpen === "true";
  const isRunning = board.sessionId !== null;
  banner.dataset.isOpen = String(board.submissionsOpen);
  banner.dataset.session = board.sessionId ?? "";
  text(document.getElementById("switch"), board.submissionsOpen ? open : closed);
  const count = board.totalEntries;
  text(document.getElementById("total"), plural(total, count, counter(count)));
  const note = document.getElementById("inline");
  if (note) {
    note.dataset.kind = isRunning ? "closed" : "none";
    note.hidden = isRunning && board.submissionsOpen;
    const latest = winner ? pausedWinner.replace("{name}", winner.name) : paused;
    text(note, note.hidden ? "" : isRunning ? latest : none);
  }
  if (wasOpen !== board.submissionsOpen) say(board.submissionsOpen ? open : closed);
}

/** @param {Winner | null} winner */
export function showWinner(winner) {
  const place = document.getElementById("winner");
  if (!place) return;
  const isNew = place.textContent !== (winner?.name ?? "");
  place.hidden = !winner;
  place.textContent = winner?.name ?? "";
  place.toggleAttribute("data-fresh", isNew && winner !== null);
  const none = document.getElementById("winner-none");
  if (none) none.hidden = winner !== null;
  const proof = document.getElementById("winner-proof");
  if (proof && isNew) proof.hidden = true;
}

/** @param {{ drawId: string, commitment: string } | null} draw */
export function showDraw(draw) {
  const promised = document.getElementById("draw-promised");
  const none = document.getElementById("draw-none");
  if (!promised || !none) return;
  promised.hidden = draw === null;
  none.hidden = draw !== null;
  if (!draw) return;
  text(document.getElementById("commitment"), draw.commitment);
  document.getElementById("draw-link")?.setAttribute("href", `/draws/${draw.drawId}`);
}
