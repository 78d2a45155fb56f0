/** Stands in for Twitch's helper script: window.Twitch.ext, fed by the page around the frame. */

(() => {
  /** @type {Record<string, Set<Function>>} */
  const listeners = { authorized: new Set(), context: new Set(), visible: new Set() };
  /** @type {Record<string, unknown>} */
  const newest = {};
  /** @type {Map<string, Set<Function>>} */
  const topics = new Map();

  /** @param {string} kind */
  const on = (kind) => (/** @type {Function} */ listener) => {
    listeners[kind]?.add(listener);
    if (kind in newest) listener(newest[kind]);
  };

  const viewer = {
    opaqueId: "",
    role: "viewer",
    onChanged() {},
  };

  window.addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || origin !== location.origin) return;
    if (data.kind === "pubsub") {
      for (const listener of topics.get(data.target) ?? []) {
        listener(data.target, "application/json", data.message);
      }
      return;
    }
    if (data.kind === "authorized") {
      viewer.opaqueId = data.value.userId;
      viewer.role = data.value.role;
    }
    newest[data.kind] = data.value;
    for (const listener of listeners[data.kind] ?? []) listener(data.value);
  });

  /** @param {string} kind */
  const tell = (kind) => window.parent.postMessage({ kind }, location.origin);

  const ext = {
    version: "simulated",
    viewer,
    onAuthorized: on("authorized"),
    onContext: on("context"),
    onVisibilityChanged: on("visible"),
    onError() {},
    /**
     * @param {string} target
     * @param {Function} listener
     */
    listen(target, listener) {
      topics.set(target, (topics.get(target) ?? new Set()).add(listener));
    },
    /**
     * @param {string} target
     * @param {Function} listener
     */
    unlisten(target, listener) {
      topics.get(target)?.delete(listener);
    },
    actions: { requestIdShare: () => tell("idShare") },
    configuration: { onChanged() {} },
  };
  Object.assign(window, { Twitch: { ext } });
  tell("loaded");
})();
