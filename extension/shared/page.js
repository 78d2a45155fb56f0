/** The page: its elements, its texts, and what Twitch's helper tells about who looks at it. */

import { serviceUrl } from "./ebs.js";

/**
 * The element that must be there.
 *
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function find(selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`no ${selector}`);
  return found;
}

/**
 * Writes a text only when it differs: a live region must not speak for nothing.
 *
 * @param {Element} element
 * @param {string} text
 */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A new element; attributes that are `false` or undefined are left out, `true` is an empty one.
 *
 * @param {string} tag
 * @param {Record<string, string | boolean | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** The language of the viewer: Twitch puts it into the address. */
export function language() {
  const query = new URLSearchParams(location.search);
  const wished = query.get("language") ?? query.get("locale") ?? navigator.language;
  return wished.toLowerCase().startsWith("ru") ? "ru" : "en";
}

/**
 * @typedef {string | { one?: string, few?: string, many?: string, other: string }} Text
 * @typedef {Record<string, Text>} Texts
 * @typedef {(key: string, values?: Record<string, string | number>) => string} Translate
 */

/**
 * Texts by key, else the key itself. `{name}` stands for a value; the form follows the value `n`.
 *
 * @param {Texts} texts
 * @param {string} code
 * @returns {Translate}
 */
export function translator(texts, code) {
  const plurals = new Intl.PluralRules(code);
  return (key, values = {}) => {
    const found = texts[key] ?? key;
    const form = plurals.select(Number(values.n ?? 0));
    const text = typeof found === "string" ? found : (found[/** @type {"one"} */ (form)] ?? found.other);
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
}

/**
 * @typedef {"loading" | "no_twitch_helper" | "unauthenticated" | "missing_ebs_url" | "ready"} AuthView
 *
 * @typedef {object} Auth
 * @property {AuthView} view
 * @property {string | null} token the newest one
 * @property {string | null} userId proven by the token; null while identity is not shared
 * @property {string} opaqueId Twitch's alias of the viewer
 * @property {string} role
 */

/** @type {Auth} */
const NOBODY = { view: "loading", token: null, userId: null, opaqueId: "", role: "viewer" };

/** @returns {import("../types").TwitchExt | undefined} */
export function helper() {
  return window.Twitch?.ext;
}

/**
 * The claims of a token, unverified: the service verifies.
 *
 * @param {string} token
 * @returns {Record<string, unknown>}
 */
export function claims(token) {
  try {
    const payload = token.split(".")[1] ?? "";
    return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) ?? {};
  } catch {
    return {};
  }
}

/**
 * Tells who looks, now and after every new token.
 *
 * @param {(auth: Auth) => void} listener
 */
export function onAuth(listener) {
  const ext = helper();
  if (!ext?.onAuthorized) return listener({ ...NOBODY, view: "no_twitch_helper" });
  if (!serviceUrl()) return listener({ ...NOBODY, view: "missing_ebs_url" });
  listener(NOBODY);
  ext.onAuthorized(({ token, userId }) => {
    if (!token || userId?.startsWith("A")) {
      return listener({ ...NOBODY, view: "unauthenticated" });
    }
    const { user_id, role } = claims(token);
    listener({
      view: "ready",
      token,
      userId: typeof user_id === "string" ? user_id : null,
      opaqueId: userId ?? "",
      role: typeof role === "string" ? role : "viewer",
    });
  });
}

/** Takes over Twitch's theme; it is dark until Twitch has told. */
export function followTheme() {
  helper()?.onContext?.(({ theme }) => {
    if (theme) document.documentElement.dataset.theme = theme;
  });
}

/**
 * Tells when the page is seen and when it is not: neither by the browser nor on Twitch.
 *
 * @param {(visible: boolean) => void} listener
 */
export function onVisible(listener) {
  let onTwitch = true;
  const tell = () => listener(onTwitch && !document.hidden);
  document.addEventListener("visibilitychange", tell);
  helper()?.onVisibilityChanged?.((visible) => {
    onTwitch = visible;
    tell();
  });
  tell();
}
