// @ts-check

/** Follows the service's live feed and comes back by itself, whatever ended the connection. */

const NOTE_AFTER_MS = 2500;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30000;
const LONGEST_RESTING_RETRY_MS = 60000;

/**
 * @typedef {object} Habits
 * @property {number} [silence] ms without a message after which the connection counts as dead
 * @property {() => void} [onRefused] Called each time the service answers with an error.
 * @property {boolean} [rests] Asks for nothing while the page is hidden and at once when it is shown
 *   again; waits longer after each failure. What was missed meanwhile is told by `reset`.
 */

/**
 * @param {string} url
 * @param {Record<string, (data: any) => void>} listeners By message name. `reset` is also called
 *   when messages may have been missed.
 * @param {(up: boolean) => void} onChange Told false once the feed has been down for a while.
 * @param {Habits} [habits]
 */
export function follow(url, listeners, onChange, { silence, onRefused, rests } = {}) {
  let failures = 0;
  let isBack = false;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {number | undefined} */
  let planned;
  /** @type {number | undefined} */
  let note;
  /** @type {number | undefined} */
  let patience;

  function open() {
    const opened = (source = new EventSource(url));

    function heard() {
      clearTimeout(patience);
      if (silence) patience = setTimeout(giveUp, silence);
    }

    function giveUp() {
      opened.close();
      down();
      open();
    }

    for (const [name, listener] of Object.entries(listeners)) {
      opened.addEventListener(name, (event) => {
        heard();
        listener(JSON.parse(event.data));
      });
    }
    opened.onopen = () => {
      heard();
      clearTimeout(note);
      note = undefined;
      onChange(true);
      if (failures > 0 || isBack) listeners.reset?.({});
      failures = 0;
      isBack = false;
    };
    opened.onerror = () => {
      down();
      if (rests) opened.close();
      if (opened.readyState !== EventSource.CLOSED) return;
      // The browser gives up when the answer is an error; a service that starts answers 503.
      clearTimeout(patience);
      onRefused?.();
      const longest = rests ? LONGEST_RESTING_RETRY_MS : LONGEST_RETRY_MS;
      const wait = Math.min(longest, FIRST_RETRY_MS * 2 ** failures);
      failures += 1;
      planned = setTimeout(open, wait * (0.75 + Math.random() / 2));
    };
  }

  function seenOrNot() {
    clearTimeout(planned);
    clearTimeout(note);
    note = undefined;
    source?.close();
    if (document.visibilityState === "hidden") return;
    failures = 0;
    isBack = true;
    open();
  }

  function down() {
    note ??= setTimeout(() => onChange(false), NOTE_AFTER_MS);
  }

  if (rests) document.addEventListener("visibilitychange", seenOrNot);
  if (!rests || document.visibilityState !== "hidden") open();
}
