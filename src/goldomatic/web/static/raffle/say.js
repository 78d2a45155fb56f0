// @ts-check

/** Small words on a page: what is read out, and texts in the plural form of a number. */

/** @param {string} words Read out by a screen reader, once. */
export function say(words) {
  const region = document.getElementById("say");
  if (region) region.textContent = words;
}

/**
 * @param {Element | null} element
 * @param {string | undefined} words
 */
export function text(element, words) {
  if (element && words !== undefined && element.textContent !== words) element.textContent = words;
}

/**
 * A text that depends on a number.
 *
 * @param {string | undefined} forms JSON: plural form to text, in which `{number}` stands for it.
 * @param {number} number
 * @param {string} shown The number as it is written.
 */
export function plural(forms, number, shown) {
  /** @type {Record<string, string>} */
  const found = JSON.parse(forms ?? "{}");
  const form = new Intl.PluralRules(document.documentElement.lang).select(number);
  return (found[form] ?? found.other ?? found.many ?? "").replace("{number}", shown);
}

/**
 * A text that the page brought along for a code.
 *
 * @param {string} code
 * @returns {HTMLElement | null}
 */
export function brought(code) {
  const texts = /** @type {HTMLTemplateElement | null} */ (document.getElementById("texts"));
  return texts?.content.querySelector(`[data-code="${CSS.escape(code)}"]`) ?? null;
}
