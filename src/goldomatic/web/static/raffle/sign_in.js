// @ts-check

/** The button leads to Twitch once: for half a minute a second click in this tab does nothing. */

const STARTED = "goldomatic-sign-in";
const GUARD_MS = 30000;

export function signInButtons() {
  forget();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-sign-in]")) return;
    if (Date.now() - startedAt() < GUARD_MS) {
      event.preventDefault();
      return;
    }
    remember();
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    const label = button.textContent;
    // Disabled only after the form has been sent with it.
    setTimeout(() => {
      button.disabled = true;
      button.textContent = button.dataset.busy ?? label;
    });
    const usable = () => {
      button.disabled = false;
      button.textContent = label;
      forget();
    };
    setTimeout(usable, GUARD_MS);
    // Back from Twitch by the browser's own button.
    addEventListener("pageshow", usable, { once: true });
  });
}

function startedAt() {
  try {
    return Number(sessionStorage.getItem(STARTED) ?? 0);
  } catch {
    return 0;
  }
}

function remember() {
  try {
    sessionStorage.setItem(STARTED, String(Date.now()));
  } catch {
    // The disabled button guards alone.
  }
}

function forget() {
  try {
    sessionStorage.removeItem(STARTED);
  } catch {
    // Nothing was kept.
  }
}
