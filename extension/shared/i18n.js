/** The viewer's language, and texts in it. */

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
 * Texts by key. `{name}` stands for a value; the form of a text follows the value `n`.
 *
 * @param {Texts} texts
 * @param {string} code
 * @returns {Translate}
 */
export function translator(texts, code) {
  const plurals = new Intl.PluralRules(code);
  return (key, values = {}) => {
    const found = texts[key];
    if (found === undefined) throw new Error(`no text ${key}`);
    const form = plurals.select(Number(values.n ?? 0));
    const text = typeof found === "string" ? found : (found[/** @type {"one"} */ (form)] ?? found.other);
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
}

/**
 * Fills every element that names a text, and says the language of the document.
 *
 * @param {Translate} t
 * @param {string} code
 */
export function translatePage(t, code) {
  document.documentElement.lang = code;
  for (const one of document.querySelectorAll("[data-t]")) {
    one.textContent = t(one.getAttribute("data-t") ?? "");
  }
  for (const one of document.querySelectorAll("[data-t-label]")) {
    one.setAttribute("aria-label", t(one.getAttribute("data-t-label") ?? ""));
  }
}
