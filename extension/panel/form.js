/** A form for a character's name: sends it, and says what went wrong. Loaded where it is needed. */

import { ApiError } from "../shared/ebs.js";
import { element, put } from "../shared/page.js";
import { errorWords } from "./view.js";

const SHORTEST = 2;

/**
 * Title and body by the service's code; `dismiss` has the button and the title of all others.
 *
 * @typedef {Record<string, [string, string]>} Words
 */

/** @type {Record<string, Words>} */
const COMMON = {
  en: {
    invalid_character_name: ["Invalid name", "Fix your character name and try again. (2–12 letters, Latin or Cyrillic)"],
    dismiss: ["Dismiss", "Something went wrong"],
  },
  ru: {
    invalid_character_name: [
      "Неверное имя",
      "Исправьте имя персонажа и попробуйте снова. (2–12 букв, латиница или кириллица)",
    ],
    dismiss: ["Закрыть", "Что-то пошло не так"],
  },
};

/**
 * What a viewer's action needs of the panel.
 *
 * @typedef {object} Panel
 * @property {import("../shared/page.js").Translate} t
 * @property {string} code of the language
 * @property {() => string | null} token
 * @property {(alert: import("./view.js").Alert | null) => void} onAlert
 * @property {() => void} onDone
 */

/**
 * @param {Panel} panel
 * @param {object} form
 * @param {string} form.label of the field
 * @param {string} form.action what the button says
 * @param {Words} form.words
 * @param {(name: string) => Promise<unknown>} form.send
 * @param {...Node} before
 * @returns {HTMLElement}
 */
export function nameForm({ t, code, onAlert, onDone }, { label, action, words, send }, ...before) {
  const input = /** @type {HTMLInputElement} */ (
    element("input", { maxlength: "12", placeholder: label, "aria-label": label, autocomplete: "off" })
  );
  const button = /** @type {HTMLButtonElement} */ (element("button", { type: "submit" }, action));
  const form = element("form", {}, ...before, input, " ", button);
  const known = { ...COMMON[code], ...words };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const name = input.value.trim();
    if (name.length < SHORTEST) {
      return onAlert(told(t, known, new ApiError("invalid_character_name", "", 400)));
    }
    button.disabled = true;
    put(button, "…");
    try {
      await send(name);
      input.value = "";
      onDone();
    } catch (error) {
      onAlert(told(t, known, /** @type {ApiError} */ (error)));
    } finally {
      button.disabled = false;
      put(button, action);
    }
  });
  return form;
}

/**
 * @param {import("../shared/page.js").Translate} t
 * @param {Words} words
 * @param {ApiError} error
 */
function told(t, words, error) {
  const [button, other] = /** @type {[string, string]} */ (words.dismiss);
  const known = words[error.code];
  if (known) return { title: known[0], body: known[1], button };
  const alert = errorWords(t, error, button);
  const isOther = ![401, 429].includes(error.status) && error.code !== "network" && error.status < 500;
  return isOther ? { ...alert, title: other } : alert;
}
