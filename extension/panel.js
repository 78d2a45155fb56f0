/** The viewer's panel: who looks, what the service says, and what follows from a click. */

import { ALIVE_MS, Source, followNews, watchVersion, withNews } from "./panel/data.js";
import { View, copyConsent, el, showUpdate } from "./panel/view.js";
import { ApiError, Poller, ServerClock } from "./shared/ebs.js";
import { find, followTheme, helper, language, onAuth, onVisible, translatePage, translator } from "./shared/page.js";
import { DEVELOPMENT } from "./shared/settings.js";

const TICK_MS = 250;
/** With news through Twitch the service is asked only to be sure that none was lost. */
const PERIOD_WITH_NEWS_MS = 60_000;
const FRESH_MS = 60_000;
const LABEL_MS = 2_000;

const code = language();
const { texts } = await import(`./panel/texts.${code}.js`);
const t = translator(texts, code);
translatePage(t, code);

const view = new View(t);
const clock = new ServerClock();
const source = new Source();

/** @type {import("./shared/page.js").Auth} */
let auth = { view: "loading", token: null, userId: null, opaqueId: "", role: "viewer" };
/** @type {import("./types").Snapshot | null} */
let data = null;
/** @type {import("./panel/view.js").Alert["error"] | null} */
let pollError = null;
/** @type {import("./panel/view.js").Alert["error"] | null} */
let actionError = null;
let isJammed = false;
let succeededAt = -Infinity;
let newsAt = -Infinity;
let hadNews = false;
let listensTo = "";

const poller = new Poller({
  ask,
  onFailure: failed,
  period: () => (hasNews() ? PERIOD_WITH_NEWS_MS : source.period),
  now: () => clock.now(),
});

async function ask() {
  const { token } = auth;
  if (!token) throw new ApiError("unauthorized", "", 401);
  const asked = performance.now();
  const answer = await source.load(token);
  succeededAt = performance.now();
  clock.set(answer.roulette.serverNow, succeededAt - asked);
  pollError = null;
  data = answer;
  render();
}

/** @param {unknown} error */
function failed(error) {
  if (!(error instanceof ApiError)) return jam(error);
  const isFirst429 = error.status === 429 && pollError === null;
  const isFresh = performance.now() - succeededAt < FRESH_MS;
  if (!(isFirst429 && isFresh)) pollError = error;
  render();
}

/** @param {unknown} error */
function jam(error) {
  console.warn("The panel has jammed:", error);
  isJammed = true;
  view.alert(null);
  view.gate("jammed");
}

function hasNews() {
  return performance.now() - newsAt < ALIVE_MS;
}

/** @param {import("./types").Public} news */
function onNews(news) {
  newsAt = performance.now();
  if (!data) return;
  const before = data.lastOutcome?.spinCycleId;
  data = withNews(data, news);
  clock.atLeast(news.roulette.serverNow);
  render();
  const mine = data.poolMe?.characterName;
  const isNew = data.lastOutcome?.spinCycleId !== before;
  if (isNew && mine && data.lastOutcome?.characterName === mine) poller.nudge();
}

function gateState() {
  if (isJammed) return "jammed";
  if (auth.view !== "ready") return auth.view;
  if (data) return null;
  return pollError ? "jammed" : "loading";
}

function render() {
  try {
    const state = gateState();
    view.gate(state);
    const error = actionError ?? pollError;
    view.alert(error && auth.view === "ready" && !isJammed ? { error, isAction: error === actionError } : null);
    if (data && state === null) {
      view.data(data, auth.userId !== null);
      view.tick(data, clock.now());
    }
  } catch (error) {
    jam(error);
  }
}

function tick() {
  if (hasNews() !== hadNews) {
    hadNews = !hadNews;
    poller.replan();
  }
  if (!data || gateState() !== null) return;
  try {
    view.tick(data, clock.now());
  } catch (error) {
    jam(error);
  }
}

function signIn() {
  onAuth((found) => {
    const isNew = found.token !== null && found.token !== auth.token;
    auth = found;
    if (auth.opaqueId && auth.opaqueId !== listensTo) {
      listensTo = auth.opaqueId;
      followNews(auth.opaqueId, { onNews, onOwn: () => poller.nudge() });
    }
    render();
    if (isNew) retry();
  });
}

function retry() {
  isJammed = false;
  actionError = null;
  poller.poll();
}

function start() {
  if (helper()) {
    signIn();
    if (auth.view === "ready") retry();
  } else if (auth.view === "no_twitch_helper") location.reload();
  else signIn();
}

/** @param {MouseEvent} event */
async function copy({ currentTarget }) {
  const button = /** @type {HTMLElement} */ (currentTarget);
  button.textContent = t(await copyConsent());
  setTimeout(() => (button.textContent = t("copy")), LABEL_MS);
}

el("EL-101-03").addEventListener("click", start);
el("EL-102-06").addEventListener("click", () => view.rules(find("#rules").hidden));
el("EL-105-03").addEventListener("click", () => {
  if (actionError === null) return retry();
  actionError = null;
  render();
});
find("#share").addEventListener("click", () => helper()?.actions?.requestIdShare());
find("#copy").addEventListener("click", copy);
addEventListener("error", (event) => jam(event.error));
addEventListener("unhandledrejection", (event) => jam(event.reason));

followTheme();
onVisible((visible) => poller.show(visible));
start();
setInterval(tick, TICK_MS);
watchVersion((news) => showUpdate(t, news));

if (DEVELOPMENT) {
  const { claimForm } = await import("./panel/claim.js");
  claimForm({
    token: () => auth.token,
    onDone: () => poller.poll(),
    onError: (error) => {
      actionError = error;
      render();
    },
  });
}
