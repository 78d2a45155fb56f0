/** The form of development builds that enters without chat. Not part of a build for viewers. */

import { ApiError, call } from "../shared/ebs.js";
import { element } from "../shared/page.js";
import { at, errorWords } from "./view.js";

const SHORTEST = 2;

/** @type {Record<string, Record<string, [string, string]> & { dismiss: [string, string] }>} */
const WORDS = {
  en: {
    invalid_character_name: ["Invalid name", "Fix your character name and try again. (2–12 letters, Latin or Cyrillic)"],
    lifetime_cap_reached: ["Gnome vault full", "You've reached the 10,000g lifetime cap for this channel product."],
    active_payout_exists: ["Finish current win", "You already have an active payout; check status above."],
    not_subscriber: ["Subscriber only", "Pool enrollment requires an active subscription."],
    character_name_taken_in_pool: [
      "Name taken",
      "That character name is already taken in the pool by another viewer.",
    ],
    dismiss: ["Dismiss", "Something went wrong"],
  },
  ru: {
    invalid_character_name: [
      "Неверное имя",
      "Исправьте имя персонажа и попробуйте снова. (2–12 букв, латиница или кириллица)",
    ],
    lifetime_cap_reached: ["Хранилище гномов полно", "Вы получили 10 000 з., больше на этом канале не положено."],
    active_payout_exists: ["Сначала получите выигрыш", "Ваш выигрыш ещё в пути; статус выше."],
    not_subscriber: ["Только для подписчиков", "Чтобы записаться в пул, нужна действующая подписка."],
    character_name_taken_in_pool: ["Имя занято", "Это имя персонажа в пуле уже занял другой зритель."],
    dismiss: ["Закрыть", "Что-то пошло не так"],
  },
};

/**
 * @param {object} panel
 * @param {import("../shared/page.js").Translate} panel.t
 * @param {string} panel.code of the language
 * @param {() => string | null} panel.token
 * @param {(alert: import("./view.js").Alert | null) => void} panel.onAlert
 * @param {() => void} panel.onDone
 */
export function claimForm({ t, code, token, onAlert, onDone }) {
  const label = "CharacterName";
  const input = /** @type {HTMLInputElement} */ (
    element("input", { maxlength: "12", placeholder: label, "aria-label": label, autocomplete: "off" })
  );
  const button = /** @type {HTMLButtonElement} */ (element("button", { type: "submit" }, "Claim"));
  const form = element("form", { class: "card" }, element("h2", {}, "Dev Rig: test enroll"), input, " ", button);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const characterName = input.value.trim();
    if (characterName.length < SHORTEST) {
      return onAlert(words(t, code, new ApiError("invalid_character_name", "", 400)));
    }
    button.disabled = true;
    put("…");
    try {
      const enrollmentRequestId = crypto.randomUUID();
      await call("POST", "/api/payouts/claim", token(), { characterName, enrollmentRequestId });
      input.value = "";
      onDone();
    } catch (error) {
      onAlert(words(t, code, /** @type {ApiError} */ (error)));
    } finally {
      button.disabled = false;
      put("Claim");
    }
  });
  /** @param {string} text */
  const put = (text) => (button.textContent = text);
  at("claim").append(form);
}

/**
 * @param {import("../shared/page.js").Translate} t
 * @param {string} code
 * @param {ApiError} error
 */
function words(t, code, error) {
  const table = /** @type {(typeof WORDS)["en"]} */ (WORDS[code]);
  const [button, other] = table.dismiss;
  const known = table[error.code];
  if (known) return { title: known[0], body: known[1], button };
  const alert = errorWords(t, error, button);
  const isOther = ![401, 429].includes(error.status) && error.code !== "network" && error.status < 500;
  return isOther ? { ...alert, title: other } : alert;
}
