/** A question that has to be answered before something is done that cannot be undone. */

import { element } from "../shared/page.js";

/**
 * @param {string} question
 * @param {string} yes
 * @param {string} no
 * @returns {Promise<boolean>}
 */
export function confirmed(question, yes, no) {
  const agree = element("button", { type: "submit", class: "main", value: "yes" }, yes);
  const keep = element("button", { type: "submit", value: "no", autofocus: true }, no);
  const form = element("form", { method: "dialog" }, agree, keep);
  const text = element("p", { id: "question" }, question);
  const dialog = /** @type {HTMLDialogElement} */ (
    element("dialog", { class: "card", "aria-labelledby": "question" }, text, form)
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
