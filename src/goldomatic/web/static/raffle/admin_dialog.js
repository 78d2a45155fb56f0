// @ts-check

/** Shows the pages that ask or tell one thing in a dialog; its forms stay in it. */

import { ask, dress } from "./admin_parts.js";

/**
 * @typedef {object} Hooks
 * @property {(page: Document) => void} taken The dashboard came back: what was asked is done.
 * @property {(page: Document) => void} shutOut The broadcaster is signed in no more.
 * @property {(text: string) => void} say
 * @property {(form: HTMLFormElement, button: HTMLElement | null) => URLSearchParams} fieldsOf
 */

export class StepDialog {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {Hooks} hooks
   */
  constructor(dialog, hooks) {
    this.dialog = dialog;
    this.hooks = hooks;
    /** @type {HTMLElement | null} */
    this.opener = null;
    this.isBusy = false;
    dialog.addEventListener("submit", (event) => this.submitted(event));
    dialog.addEventListener("click", (event) => this.clicked(event));
    dialog.addEventListener("close", () => this.closed());
  }

  /** @param {Node} node */
  holds(node) {
    return this.dialog.contains(node);
  }

  /**
   * @param {string} url
   * @param {HTMLElement | null} opener Where the focus returns to.
   */
  async open(url, opener) {
    if (!this.dialog.open) this.opener = opener;
    try {
      const { status, page } = await ask(url);
      if (status === 401) this.hooks.shutOut(page);
      else if (!this.fill(page)) location.assign(url);
    } catch {
      location.assign(url);
    }
  }

  /** @param {Document} page */
  fill(page) {
    const step = page.querySelector("#step");
    if (!step) return false;
    dress(step);
    this.dialog.replaceChildren(step);
    if (!this.dialog.open) this.dialog.showModal();
    const told = step.querySelector(".told:not([hidden])");
    if (told) this.hooks.say(told.textContent ?? "");
    const wrong = step.querySelector("[aria-invalid]") ?? step.querySelector("#step-heading");
    if (wrong instanceof HTMLElement) wrong.focus();
    return true;
  }

  /** @param {SubmitEvent} event */
  async submitted(event) {
    event.preventDefault();
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || this.isBusy) return;
    const fields = this.hooks.fieldsOf(form, event.submitter);
    if (form.method === "get") return this.open(`${form.action}?${fields}`, this.opener);
    this.isBusy = true;
    const button = event.submitter;
    const label = button?.textContent ?? "";
    if (button?.dataset.busy) button.textContent = button.dataset.busy;
    try {
      const { status, page } = await ask(form.action, fields);
      if (status === 401) return this.leave(() => this.hooks.shutOut(page));
      if (page.querySelector("[data-part]")) return this.leave(() => this.hooks.taken(page));
      if (!this.fill(page)) this.tell(form);
    } catch {
      this.tell(form);
    } finally {
      this.isBusy = false;
      if (button) button.textContent = label;
    }
  }

  /** @param {() => void} then */
  leave(then) {
    this.dialog.close();
    then();
  }

  /** @param {HTMLFormElement} form */
  tell(form) {
    const told = this.dialog.querySelector(".told");
    const text = form.dataset.failed ?? document.getElementById("admin")?.dataset.failed ?? "";
    if (told instanceof HTMLElement) [told.textContent, told.hidden] = [text, false];
    this.hooks.say(text);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const target = event.target;
    const isLeaving = target instanceof Element && target.closest("[data-close]");
    if (!isLeaving && target !== this.dialog) return;
    event.preventDefault();
    this.dialog.close();
  }

  closed() {
    this.dialog.replaceChildren();
    // What opened it may have been replaced in the meantime.
    const opener = this.opener?.isConnected ? this.opener : null;
    const again = opener ?? (this.opener?.id ? document.getElementById(this.opener.id) : null);
    (again ?? document.getElementById("content"))?.focus();
  }
}
