/** The broadcaster's views, as config view and as live-config view: who looks, and what is known. */

import { ApiError, Poller, ServerClock, call } from "./shared/ebs.js";
import { element, find, followTheme, language, onAuth, onVisible, put, translator } from "./shared/page.js";
import { Dashboard } from "./broadcaster/dashboard.js";
import { Overrides } from "./broadcaster/overrides.js";
import { Settings } from "./broadcaster/settings.js";
import { Setup } from "./broadcaster/setup.js";
import { tabList } from "./broadcaster/tabs.js";

const TICK_MS = 250;
const PERIOD_MS = 15_000;
/** A spin that comes round quickly, as in the demo, is looked at more often. */
const LOOKS_PER_SPIN = 4;
const KNOWN_CODES = new Set(["network", "rate_limited", "unauthorized", "terminal_status_change_not_allowed"]);
const NOT_THE_BROADCASTER = new Set(["forbidden_role", "wrong_channel"]);

const code = language();
const { texts } = await import(`./broadcaster/texts.${code}.js`);
const t = translator(texts, code);
document.documentElement.lang = code;

const clock = new ServerClock();
const setup = new Setup(t, act);
const dashboard = new Dashboard(t, refresh);
const settings = new Settings(t);
const overrides = new Overrides(t, act);

const gate = find("#gate");
const said = element("p", { id: "said", role: "status" });
const alertTitle = element("h2", {});
const alertBody = element("p", {});
const again = element("button", { type: "button" });
const alert = element("section", { class: "card alert", role: "alert", hidden: true }, alertTitle, alertBody, again);
const views = { setup, dashboard, settings, overrides };
const tabs = Object.entries(views).map(([name, { panel }]) => ({ name, label: t(name), panel }));
const list = tabList(t("tabs"), tabs, document.body.dataset.first ?? "setup");
const content = element("div", { id: "views", hidden: true }, list, ...tabs.map(({ panel }) => panel));
find("main").append(alert, said, content);

/** @type {import("./shared/page.js").Auth} */
let auth = { view: "loading", token: null, userId: null, opaqueId: "", role: "viewer" };
/** @type {import("./types").Session | null} */
let session = null;
/** @type {ApiError | null} */
let pollError = null;
/** @type {ApiError | null} */
let actionError = null;
/** Questions may overtake each other: an answer that is older than what is shown is left aside. */
let questions = 0;
let answered = 0;

const poller = new Poller({ ask, onFailure: failed, period, now: () => clock.now() });

function period() {
  const spin = session?.roulette.spinIntervalSeconds ?? Infinity;
  return Math.min(PERIOD_MS, (spin * 1000) / LOOKS_PER_SPIN);
}

async function ask() {
  setup.ping();
  const number = ++questions;
  const asked = performance.now();
  const [found, overlay] = await Promise.all([
    call("GET", "/api/broadcaster/session", auth.token),
    call("GET", "/api/broadcaster/overlay", auth.token),
  ]);
  if (number < answered) return;
  answered = number;
  session = /** @type {import("./types").Session} */ (found);
  clock.set(session.roulette.serverNow, performance.now() - asked);
  pollError = null;
  setup.show(session, overlay);
  dashboard.show(session);
  settings.show(session);
  overrides.show(session);
  tick();
  render();
}

/** @param {unknown} error */
function failed(error) {
  if (!(error instanceof ApiError)) throw error;
  pollError = error;
  render();
}

/**
 * Ask for a change, say what came of it, and look again.
 *
 * @param {string} path
 * @param {string} done
 */
async function act(path, done) {
  put(said, "");
  let answer = null;
  actionError = null;
  try {
    answer = await call("POST", path, auth.token);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    actionError = error;
  }
  await ask().catch(failed);
  render();
  if (answer) put(said, done);
  return answer;
}

async function refresh() {
  put(said, "");
  const before = questions;
  await poller.poll();
  // What was asked before the click may be answered already.
  if (questions === before) await ask().catch(failed);
  if (pollError === null) put(said, t("refreshed"));
}

function gateText() {
  if (auth.view !== "ready") return t(auth.view);
  const isRefused = pollError !== null && NOT_THE_BROADCASTER.has(pollError.code);
  if (isRefused || auth.role !== "broadcaster") return t("forbidden");
  return session || pollError ? "" : t("loading");
}

function render() {
  const text = gateText();
  put(gate, text);
  gate.hidden = text === "";
  content.hidden = text !== "" || session === null;
  const error = text === "" ? (actionError ?? pollError) : null;
  if (error) complain(error);
  alert.hidden = error === null;
}

/** @param {ApiError} error */
function complain(error) {
  const code = error.status === 503 ? "network" : error.code;
  const known = KNOWN_CODES.has(code) ? code : "other";
  put(alertTitle, t(`${known}.title`));
  put(alertBody, known === "other" ? error.message || error.code : t(known));
  put(again, t(error === actionError ? "dismiss" : "retry"));
}

function tick() {
  if (session) dashboard.tick(session, clock.now());
}

again.addEventListener("click", () => {
  if (actionError === null) return void poller.poll();
  actionError = null;
  render();
});
followTheme();
onVisible((visible) => poller.show(visible));
onAuth((found) => {
  const isNew = found.token !== null && found.token !== auth.token;
  auth = found;
  if (isNew) pollError = null;
  render();
  if (isNew && found.role === "broadcaster") poller.poll();
});
setInterval(tick, TICK_MS);
