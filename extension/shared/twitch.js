/** What Twitch's helper tells: who looks at the page, in which theme, and whether it is seen. */

import { serviceUrl } from "./api.js";

/**
 * @typedef {"loading" | "no_twitch_helper" | "unauthenticated" | "missing_ebs_url" | "ready"} AuthView
 *
 * @typedef {object} Auth
 * @property {AuthView} view
 * @property {string | null} token the newest one
 * @property {string | null} userId proven by the token; null while identity is not shared
 * @property {string} role
 */

/** @type {Auth} */
const NOBODY = { view: "loading", token: null, userId: null, role: "viewer" };

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
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
    const read = JSON.parse(new TextDecoder().decode(bytes));
    return typeof read === "object" && read !== null ? read : {};
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
      role: typeof role === "string" ? role : "viewer",
    });
  });
}

/** Takes over Twitch's theme; without Twitch the style sheet follows the browser's. */
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
