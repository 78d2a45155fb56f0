/** The page around the frame: hands out tokens, context and news as Twitch does. */

export {};

const form = /** @type {HTMLFormElement} */ (document.getElementById("choices"));
const place = location.pathname.split("/")[2] ?? "panel";
const FILES = { panel: "panel.html", config: "config.html", "live-config": "live_config.html" };
/** Twitch hands a new token out before the old one, which lives for an hour, has expired. */
const RENEW_MS = 50 * 60_000;

/** @type {HTMLIFrameElement | null} */
let frame = null;
/** @type {EventSource | null} */
let news = null;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} name */
function field(name) {
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));
}

/** @param {string} name */
function value(name) {
  const found = field(name);
  return found instanceof HTMLInputElement ? (found.checked ? "1" : "0") : found.value;
}

/** @param {Record<string, unknown>} message */
function send(message) {
  frame?.contentWindow?.postMessage(message, location.origin);
}

async function authorize() {
  const query = new URLSearchParams({
    viewer: value("viewer"),
    role: value("role"),
    shared: value("shared"),
  });
  const answer = await fetch(`/demo/authorize?${query}`);
  if (!answer.ok) {
    byId("says").textContent = `No token: ${answer.status}`;
    return;
  }
  const auth = await answer.json();
  send({ kind: "authorized", value: auth });
  listen(auth.userId);
}

/** @param {string} opaque */
function listen(opaque) {
  news?.close();
  news = null;
  if (value("pubsub") !== "1") return;
  news = new EventSource(`/demo/pubsub?${new URLSearchParams({ opaque })}`);
  news.onmessage = ({ data }) => send({ kind: "pubsub", ...JSON.parse(data) });
}

function context() {
  document.documentElement.dataset.theme = value("theme");
  send({ kind: "context", value: { theme: value("theme"), language: "en", mode: "viewer" } });
}

function visible() {
  send({ kind: "visible", value: value("visible") === "1" });
}

/** A new frame, as after a reload of the page on Twitch. */
function open() {
  news?.close();
  const language = value("language");
  const query = new URLSearchParams({
    anchor: "panel",
    language,
    locale: language === "ru" ? "ru-RU" : "en-US",
    mode: place === "panel" ? "viewer" : place === "config" ? "config" : "dashboard",
    platform: "web",
    state: "released",
  });
  frame = document.createElement("iframe");
  frame.title = "Extension";
  frame.dataset.view = place;
  frame.src = `/demo/extension/${FILES[/** @type {"panel"} */ (place)]}?${query}`;
  byId("frame").replaceChildren(frame);
}

function remember() {
  const query = new URLSearchParams();
  for (const name of ["viewer", "role", "shared", "theme", "language", "visible", "pubsub"]) {
    query.set(name, value(name));
  }
  history.replaceState(null, "", `?${query}`);
}

async function people() {
  const list = /** @type {HTMLSelectElement} */ (field("viewer"));
  const found = await (await fetch("/demo/people")).json();
  for (const { id, name, subscribes } of found) {
    list.append(new Option(subscribes ? `${name} (subscriber)` : name, id));
  }
  list.append(new Option("nobody (signed out)", "nobody"));
}

function recall() {
  if (place !== "panel") field("role").value = "broadcaster";
  for (const [name, text] of new URLSearchParams(location.search)) {
    const found = form.elements.namedItem(name);
    if (found instanceof HTMLInputElement) found.checked = text === "1";
    else if (found instanceof HTMLSelectElement) found.value = text;
  }
}

form.addEventListener("change", ({ target }) => {
  remember();
  const name = target instanceof HTMLElement ? target.getAttribute("name") : "";
  if (name === "theme") context();
  else if (name === "visible") visible();
  else if (name === "shared" || name === "pubsub") authorize();
  else open();
});
byId("renew").addEventListener("click", authorize);
byId("grant").addEventListener("click", () => {
  byId("ask").hidden = true;
  /** @type {HTMLInputElement} */ (field("shared")).checked = true;
  remember();
  authorize();
});
byId("refuse").addEventListener("click", () => (byId("ask").hidden = true));

window.addEventListener("message", ({ source, data }) => {
  if (source !== frame?.contentWindow) return;
  if (data.kind === "idShare") byId("ask").hidden = false;
  if (data.kind !== "loaded") return;
  context();
  visible();
  authorize();
});

await people();
recall();
context();
open();
setInterval(authorize, RENEW_MS);
