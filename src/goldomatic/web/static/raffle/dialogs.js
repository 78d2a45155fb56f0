// @ts-check

/** Links to a page of text open it as a dialog. Where that fails, they lead to the page. */

/** @type {{ dialog: HTMLDialogElement, href: string } | null} */
let shown = null;

export function dialogLinks() {
  document.addEventListener("click", async (event) => {
    const link = event.target instanceof Element && event.target.closest("a[data-dialog]");
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    if (!(link instanceof HTMLAnchorElement) || !isPlain) return;
    const template = document.getElementById("dialog");
    if (!(template instanceof HTMLTemplateElement)) return;
    event.preventDefault();
    await open(template, link);
  });
}

/** The text of the open dialog, if there is one, is fetched anew: its numbers may have changed. */
export function renewDialog() {
  if (shown) fill(shown.dialog, shown.href).catch(() => {});
}

/**
 * @param {HTMLTemplateElement} template
 * @param {HTMLAnchorElement} link
 */
async function open(template, link) {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const dialog = /** @type {HTMLDialogElement} */ (copy.querySelector("dialog"));
  const heading = dialog.querySelector("#dialog-heading");
  if (heading) heading.textContent = link.dataset.dialog ?? "";
  document.body.append(dialog);
  shown = { dialog, href: link.href };
  dialog.addEventListener("close", () => {
    shown = null;
    dialog.remove();
    link.focus();
  });
  dialog.addEventListener("click", (event) => {
    const isCross = event.target instanceof Element && event.target.closest("[data-close]");
    // A click beside the dialog is one on the dialog itself.
    if (isCross || event.target === dialog) dialog.close();
  });
  dialog.showModal();
  try {
    await fill(dialog, link.href);
  } catch {
    location.assign(link.href);
  }
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} href
 */
async function fill(dialog, href) {
  const address = new URL(href);
  address.searchParams.set("fragment", "text");
  address.searchParams.set("lang", document.documentElement.lang);
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  const told = /** @type {HTMLElement | null} */ (found.body.firstElementChild);
  const viewer = document.getElementById("mine")?.dataset.viewer;
  // Nobody is shown another account's numbers.
  if (!told || (told.dataset.viewer !== undefined && told.dataset.viewer !== viewer)) {
    location.assign(href);
    return;
  }
  dialog.querySelector(".body")?.replaceChildren(document.adoptNode(told));
}
