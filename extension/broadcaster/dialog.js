/** A question that has to be answered before something is done that cannot be undone. */

import { element } from "../shared/page.js";

/**
 * @param {string} question
 * @param {string} yes
 * @param {string} no
 * @returns {Promise<boolean>}
 */
export function confirmed(question, yes, no) {
  const agree = element("button", { type: "button", class: "main" }, yes);
  const keep = element("button", { type: "button", autofocus: true }, no);
  const buttons = element("div", { class: "row" }, agree, keep);
  const text = element("p", { id: "question" }, question);
  const dialog = /** @type {HTMLDialogElement} */ (
    element("dialog", { class: "card", "aria-labelledby": "question" }, text, buttons)
  );
  agree.addEventListener("click", () => dialog.close("yes"));
  keep.addEventListener("click", () => dialog.close("no"));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
