/** The form of development builds that enters without chat. Not part of a build for viewers. */

import { call } from "../shared/ebs.js";
import { element, find } from "../shared/page.js";

const SHORTEST = 2;

/**
 * @param {object} panel
 * @param {() => string | null} panel.token
 * @param {(error: { code: string, message: string } | null) => void} panel.onError
 * @param {() => void} panel.onDone
 */
export function claimForm({ token, onError, onDone }) {
  const input = /** @type {HTMLInputElement} */ (
    element("input", { maxlength: "12", placeholder: "CharacterName", "aria-label": "CharacterName", autocomplete: "off" })
  );
  const button = /** @type {HTMLButtonElement} */ (element("button", { type: "submit" }, "Claim"));
  const form = element("form", { class: "card" }, element("h2", {}, "Dev Rig: test enroll"), input, " ", button);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const characterName = input.value.trim();
    if (characterName.length < SHORTEST) return onError({ code: "invalid_character_name", message: "" });
    button.disabled = true;
    button.textContent = "…";
    try {
      const enrollmentRequestId = crypto.randomUUID();
      await call("POST", "/api/payouts/claim", token(), { characterName, enrollmentRequestId });
      input.value = "";
      onError(null);
      onDone();
    } catch (error) {
      onError(/** @type {import("../shared/ebs.js").ApiError} */ (error));
    } finally {
      button.disabled = false;
      button.textContent = "Claim";
    }
  });
  find("#claim").append(form);
}
