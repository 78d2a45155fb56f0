// @ts-check

/** Enters by script: one request at a time, and what was typed survives whatever comes of it. */

import { brought, plural, say } from "./say.js";

const NAMES = ["displayName", "demoLink", "notes"];
/** @type {Record<string, string>} */
const FIELDS = {
  DEMO_LINK_REQUIRED: "demoLink",
  DEMO_LINK_INVALID: "demoLink",
  DEMO_LINK_DOMAIN: "demoLink",
  NOTES_TOO_LONG: "notes",
  NOTES_INVALID: "notes",
  NAME_INVALID: "displayName",
};

/** @typedef {typeof import("./mine.js").mine} Mine */

/** @param {Mine} mine */
export function enterByScript(mine) {
  let isSending = false;
  mine.restore = () => putBack(mine.viewer);
  putBack(mine.viewer);
  document.addEventListener("input", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-enter]")) return;
    keep(mine.viewer);
    showCount();
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-enter]")) return;
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    const label = button.textContent;
    button.disabled = true;
    button.textContent = button.dataset.busy ?? label;
    mine.showError("");
    try {
      await send(mine, form);
    } finally {
      isSending = false;
      button.disabled = false;
      button.textContent = label;
    }
  });
}

/**
 * @param {Mine} mine
 * @param {HTMLFormElement} form
 */
async function send(mine, form) {
  const given = Object.fromEntries(NAMES.map((name) => [name, valueOf(form, name)]));
  const banner = document.getElementById("banner");
  if (banner && !banner.dataset.session) return refuse(mine, "not_running", {});
  if (banner?.dataset.isOpen !== "true") return refuse(mine, "SUBMISSIONS_CLOSED", {});
  if (form.querySelector('[name="demoLink"][required]') && !given.demoLink?.trim()) {
    return refuse(mine, "DEMO_LINK_REQUIRED", {});
  }
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch("/api/enter", {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        "x-csrf-token": valueOf(form, "csrfToken"),
      },
      body: JSON.stringify(given),
    });
  } catch {
    return refuse(mine, "network", {});
  }
  /** @type {any} */
  const told = await answer.json().catch(() => null);
  if (told === null || typeof told !== "object") return refuse(mine, "unreadable", {});
  if (answer.ok && told.success) return thank(mine, told.entryId);
  const wait = Number(answer.headers.get("retry-after"));
  if (told.errorCode) return refuse(mine, told.errorCode, told, wait);
  return refuse(mine, answer.status >= 500 ? "failed" : "other", told);
}

/**
 * @param {Mine} mine
 * @param {number} entryId
 */
async function thank(mine, entryId) {
  forget(mine.viewer);
  mine.showError("");
  mine.entered = String(entryId);
  await mine.renew();
  const heading = document.getElementById("entry-heading");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
  say(heading.textContent ?? "");
}

/**
 * @param {Mine} mine
 * @param {string} code
 * @param {{ error?: string }} told
 * @param {number} [wait] seconds
 */
function refuse(mine, code, told, wait = 0) {
  let words = brought(code)?.textContent ?? "";
  // What the API itself says comes first where the page has no words of its own.
  if (!words || code === "other") words = told.error || brought("other")?.textContent || "";
  if (wait > 0 && code.startsWith("RATE_LIMIT")) {
    const minutes = Math.ceil(wait / 60);
    words += ` ${plural(brought("wait")?.dataset.forms, minutes, String(minutes))}`;
  }
  mine.showError(words);
  pointAt(FIELDS[code]);
  if (code === "NO_ACTIVE_SESSION" || code === "not_running") mine.stop("paused");
  if (code === "SUBMISSIONS_CLOSED") mine.stop("closed");
  if (/^(ALREADY|PENDING)_|^NOT_FOLLOWING$|^UNAUTHENTICATED$|^USER_NOT_FOUND$/.test(code)) {
    mine.renewSoon(0);
  }
}

/** @param {string | undefined} name The field that was wrong. */
function pointAt(name) {
  for (const field of document.querySelectorAll("#entry-form [aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    describe(field, false);
  }
  const wrong = name ? document.querySelector(`#entry-form [name="${name}"]`) : null;
  if (!(wrong instanceof HTMLElement)) return;
  wrong.setAttribute("aria-invalid", "true");
  describe(wrong, true);
  wrong.focus();
}

/**
 * @param {Element} field
 * @param {boolean} isWrong
 */
function describe(field, isWrong) {
  const hints = (field.getAttribute("aria-describedby") ?? "").split(" ");
  const others = hints.filter((each) => each && each !== "entry-error");
  field.setAttribute("aria-describedby", [...others, ...(isWrong ? ["entry-error"] : [])].join(" "));
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function valueOf(form, name) {
  const field = form.elements.namedItem(name);
  const isField = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
  return isField ? field.value : "";
}

/** @param {string} viewer Each viewer's own, so that an account never shows what another typed. */
function keyOf(viewer) {
  return `goldomatic-typed-${viewer}`;
}

/** @param {string} viewer */
function keep(viewer) {
  const form = document.getElementById("entry-form");
  if (!(form instanceof HTMLFormElement)) return;
  const typed = Object.fromEntries(NAMES.map((name) => [name, valueOf(form, name)]));
  try {
    sessionStorage.setItem(keyOf(viewer), JSON.stringify(typed));
  } catch {
    // A browser that keeps nothing has the form as it stands.
  }
}

/** @param {string} viewer */
function putBack(viewer) {
  const form = document.getElementById("entry-form");
  showCount();
  if (!(form instanceof HTMLFormElement)) return;
  /** @type {Record<string, string>} */
  let typed = {};
  try {
    typed = JSON.parse(sessionStorage.getItem(keyOf(viewer)) ?? "{}");
  } catch {
    return;
  }
  for (const name of NAMES) {
    const field = form.elements.namedItem(name);
    const isField = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
    if (isField && !field.value && typed[name]) field.value = typed[name];
  }
  showCount();
}

/** @param {string} viewer */
function forget(viewer) {
  try {
    sessionStorage.removeItem(keyOf(viewer));
  } catch {
    // Nothing was kept.
  }
}

function showCount() {
  const notes = document.getElementById("notes");
  const count = document.getElementById("notes-count");
  if (!(notes instanceof HTMLTextAreaElement) || !count) return;
  count.textContent = (count.dataset.text ?? "").replace("{n}", String(notes.value.length));
}
