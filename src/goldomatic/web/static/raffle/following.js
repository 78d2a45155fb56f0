// @ts-check

/** Whether the viewer follows: asked once when the page has come, and by the button. */

import { text } from "./say.js";

/** @typedef {typeof import("./mine.js").mine} Mine */
/** @typedef {{ status: "following" | "not_following" | "unknown", reason: string | null }} Follow */

/** @param {Mine} mine */
export async function checkFollow(mine) {
  // Who is not known to follow was just asked about while the page was made.
  if (!mine.viewer || mine.element.dataset.follow !== "following") return;
  const found = await asked().catch(() => null);
  if (!found) return;
  showNote(found);
  if (found.status === "not_following") mine.renewSoon(0);
}

/** @param {Mine} mine */
export function followAgain(mine) {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-check-follow]")) return;
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    if (button.disabled) return;
    const label = button.textContent;
    button.disabled = true;
    button.textContent = button.dataset.busy ?? label;
    const found = await asked().catch(() => null);
    button.disabled = false;
    button.textContent = label;
    if (found?.status === "not_following") {
      text(document.getElementById("follow-said"), form.dataset.stillNot);
      return;
    }
    await mine.renew();
    if (found) showNote(found);
    const field = document.querySelector("#entry-form input:not([type=hidden])");
    if (field instanceof HTMLElement) field.focus();
  });
}

/** @returns {Promise<Follow>} */
async function asked() {
  const answer = await fetch("/api/twitch/check-follow", {
    method: "POST",
    headers: { accept: "application/json" },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** @param {Follow} found */
function showNote({ status, reason }) {
  const note = document.getElementById("follow-note");
  if (!note) return;
  note.hidden = status !== "unknown";
  text(note, note.hidden ? "" : (note.dataset.text ?? "").replace("{reason}", reason ?? ""));
}
