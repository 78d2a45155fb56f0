/** The viewer's panel: who looks, what the service says, and what follows from a click. */

import { View, at, errorWords } from "./panel/view.js";
import { ApiError, Poller, ServerClock, call } from "./shared/ebs.js";
import { followTheme, helper, language, onAuth, onVisible, translator } from "./shared/page.js";
import { DEVELOPMENT, VERSION } from "./shared/settings.js";

const TICK_MS = 250;
const PERIOD_MS = 15_000;
/** How long after a message the next may be expected; the service sends one at least every 20 s. */
const ALIVE_MS = 45_000;
/** With news through Twitch the service is asked only to be sure that none was lost. */
const PERIOD_WITH_NEWS_MS = 60_000;
const FRESH_MS = 60_000;
const VERSION_EVERY_MS = 3_600_000;

const code = language();
const { texts } = await import(`./panel/texts.${code}.js`);
const t = translator(texts, code);
const view = new View(t, code);
const clock = new ServerClock();

/** @type {import("./shared/page.js").Auth} */
let auth;
/** @type {import("./types").Snapshot | null} */
let data = null;
/** @type {ApiError | null} */
let pollError = null;
/** @type {import("./panel/view.js").Alert | null} */
let actionAlert = null;
let isJammed = false;
let wasBusy = false;
let succeededAt = -Infinity;
let newsAt = -Infinity;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;
let heardAs = "";
/** @type {import("./panel/older.js").Older | undefined} */
let older;
/** @type {import("./panel/gift.js").GiftSection | null} */
let gift = null;
/** @type {import("./panel/form.js").Panel} */
const actions = {
  t,
  code,
  token: () => auth.token,
  onDone: retry,
  onAlert(alert) {
    actionAlert = alert;
    render();
  },
};

const poller = new Poller({
  async ask() {
    const asked = performance.now();
    const answer = await load();
    succeededAt = performance.now();
    clock.set(answer.roulette.serverNow, succeededAt - asked);
    pollError = null;
    wasBusy = false;
    data = answer;
    render();
  },
  onFailure(error) {
    if (!(error instanceof ApiError)) return jam(error);
    const isFresh = performance.now() - succeededAt < FRESH_MS;
    /* A single "too many" is not worth a word while what is shown is fresh. */
    if (error.status !== 429 || wasBusy || !isFresh) pollError = error;
    wasBusy = true;
    render();
  },
  period: () => (performance.now() - newsAt < ALIVE_MS ? PERIOD_WITH_NEWS_MS : (older?.period ?? PERIOD_MS)),
  now: () => clock.now(),
});

/**
 * Everything in one answer, or what an older service's three say.
 *
 * @returns {Promise<import("./types").Snapshot>}
 */
async function load() {
  const { token } = auth;
  try {
    if (older) return await older.load(token ?? "");
    return await call("GET", "/api/panel/snapshot", token);
  } catch (error) {
    if (token !== auth.token) return load();
    if (older || !(error instanceof ApiError) || error.status !== 404) throw error;
    const { Older } = await import("./panel/older.js");
    older = new Older();
    return load();
  }
}

/** @param {unknown} error */
function jam(error) {
  console.warn("The panel has jammed:", error);
  isJammed = true;
  /* It may be what has broken us: the countdown must not stumble over it after a retry. */
  data = null;
  view.alert(null);
  view.gate("jammed", false);
}

/** @type {(target: string, contentType: string, message: string) => void} */
function hear(_target, _contentType, message) {
  const { v, me, news } = read(message);
  if (v !== 1) return;
  if (me) poller.nudge();
  if (news?.roulette) onNews(news);
}

/** @param {string} message */
function read(message) {
  try {
    return JSON.parse(message) ?? {};
  } catch {
    return {};
  }
}

/** @param {import("./types").Public} news */
function onNews(news) {
  newsAt = performance.now();
  clearTimeout(silence);
  silence = setTimeout(() => poller.replan(), ALIVE_MS);
  if (!data) return;
  const told = news.roulette.serverNow;
  if (Date.parse(told) < Date.parse(data.roulette.serverNow)) return;
  data = { ...data, ...news };
  clock.atLeast(told);
  render();
}

function render() {
  try {
    const isBroken = isJammed || (pollError !== null && data === null);
    const gate = auth.view !== "ready" ? auth.view : isBroken ? "jammed" : null;
    view.gate(gate, data !== null);
    const pollAlert = pollError && errorWords(t, pollError, data ? t("retry") : "");
    view.alert(auth.view === "ready" && !isJammed ? (actionAlert ?? pollAlert) : null);
    if (data && gate === null) {
      view.data(data, auth.userId !== null);
      view.tick(data, clock.now());
      showGift(data.myGift);
    }
  } catch (error) {
    jam(error);
  }
}

/**
 * What is told of gifts is loaded for who has one or asks for one.
 *
 * @param {import("./types").Gift | null | undefined} own
 */
function showGift(own) {
  const isShared = auth.userId !== null;
  at("gift-ask").hidden = !isShared || gift !== null;
  if (gift) gift.show(own, isShared);
  else if (own) loadGift();
}

async function loadGift() {
  const { GiftSection } = await import("./panel/gift.js");
  gift ??= new GiftSection(actions);
  render();
}

function tick() {
  if (data && auth.view === "ready" && !isJammed) view.tick(data, clock.now());
}

function retry() {
  isJammed = false;
  actionAlert = null;
  poller.poll();
}

function signIn() {
  onAuth((found) => {
    const isNew = found.token !== null && found.token !== auth?.token;
    auth = found;
    if (auth.opaqueId && auth.opaqueId !== heardAs) {
      heardAs = auth.opaqueId;
      for (const target of ["broadcast", `whisper-${heardAs}`]) helper()?.listen?.(target, hear);
    }
    render();
    if (isNew) retry();
  });
}

/** Looks now and every hour whether the service knows another extension than this one. */
async function watchVersion() {
  setTimeout(watchVersion, VERSION_EVERY_MS);
  if (!poller.isSeen) return;
  try {
    const { version, minimumExtensionVersion, releaseNotesUrl } = await call("GET", "/api/version");
    const others = [version, minimumExtensionVersion].filter((each) => each && each !== VERSION);
    if (!others[0]) return;
    const { offerNewer } = await import("./panel/update.js");
    offerNewer(code, others, releaseNotesUrl);
  } catch (error) {
    console.info("No version:", error);
  }
}

at("EL-101-03").onclick = () => {
  if (auth.view === "ready") retry();
  else if (helper()) signIn();
  else location.reload();
};
at("EL-105-03").onclick = () => {
  if (!actionAlert) return retry();
  actionAlert = null;
  render();
};
at("gift-ask").onclick = async () => {
  await loadGift();
  gift?.focus();
};
at("share").onclick = () => helper()?.actions?.requestIdShare();
onerror = (_message, _source, _line, _column, error) => jam(error);
onunhandledrejection = ({ reason }) => jam(reason);

followTheme();
onVisible((visible) => poller.show(visible));
signIn();
setInterval(tick, TICK_MS);
watchVersion();

if (DEVELOPMENT) {
  const { claimForm } = await import("./panel/claim.js");
  claimForm(actions);
}
