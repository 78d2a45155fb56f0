// @ts-check

/** Follows the service's live feed and comes back by itself, whatever ended the connection. */

const NOTE_AFTER_MS = 2500;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30000;

/**
 * @typedef {object} Habits
 * @property {number} [silence] ms without a message after which the connection counts as dead
 * @property {() => void} [onRefused] Called each time the service answers with an error.
 */

/**
 * @param {string} url
 * @param {Record<string, (data: any) => void>} listeners By message name. `reset` is also called
 *   when messages may have been missed.
 * @param {(up: boolean) => void} onChange Told false once the feed has been down for a while.
 * @param {Habits} [habits]
 * @returns {() => void} Stops following for good.
 */
export function follow(url, listeners, onChange, { silence, onRefused } = {}) {
  let failures = 0;
  /** @type {number | undefined} */
  let note;
  /** @type {number | undefined} */
  let patience;
  /** @type {EventSource} */
  let source;
  let isOver = false;

  function open() {
    if (isOver) return;
    source = new EventSource(url);

    function heard() {
      clearTimeout(patience);
      if (silence) patience = setTimeout(giveUp, silence);
    }

    function giveUp() {
      source.close();
      down();
      open();
    }

    for (const [name, listener] of Object.entries(listeners)) {
      source.addEventListener(name, (event) => {
        heard();
        listener(JSON.parse(event.data));
      });
    }
    source.onopen = () => {
      heard();
      clearTimeout(note);
      note = undefined;
      onChange(true);
      if (failures > 0) listeners.reset?.({});
      failures = 0;
    };
    source.onerror = () => {
      down();
      if (source.readyState !== EventSource.CLOSED) return;
      // The browser gives up when the answer is an error; a service that starts answers 503.
      clearTimeout(patience);
      onRefused?.();
      const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
      failures += 1;
      setTimeout(open, wait * (0.75 + Math.random() / 2));
    };
  }

  function down() {
    note ??= setTimeout(() => onChange(false), NOTE_AFTER_MS);
  }

  open();
  return () => {
    isOver = true;
    clearTimeout(patience);
    clearTimeout(note);
    source.close();
  };
}
