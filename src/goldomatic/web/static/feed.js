// @ts-check

/** Follows the service's live feed and comes back by itself, whatever ended the connection. */

const NOTE_AFTER_MS = 2500;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30000;

/**
 * @param {string} url
 * @param {Record<string, (data: any) => void>} listeners By message name. `reset` is also called
 *   when messages may have been missed.
 * @param {(up: boolean) => void} onChange Told false once the feed has been down for a while.
 */
export function follow(url, listeners, onChange) {
  let failures = 0;
  /** @type {number | undefined} */
  let note;

  function open() {
    const source = new EventSource(url);
    for (const [name, listener] of Object.entries(listeners)) {
      source.addEventListener(name, (event) => listener(JSON.parse(event.data)));
    }
    source.onopen = () => {
      clearTimeout(note);
      note = undefined;
      onChange(true);
      if (failures > 0) listeners.reset?.({});
      failures = 0;
    };
    source.onerror = () => {
      note ??= setTimeout(() => onChange(false), NOTE_AFTER_MS);
      if (source.readyState !== EventSource.CLOSED) return;
      // The browser gives up when the answer is an error; a service that starts answers 503.
      const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
      failures += 1;
      setTimeout(open, wait * (0.75 + Math.random() / 2));
    };
  }

  open();
}
