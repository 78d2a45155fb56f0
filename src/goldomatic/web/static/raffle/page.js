// @ts-check

/**
 * Keeps a page of the raffle up to date. Everything public comes by the live feed and is shown
 * as it is; the viewer's own part is fetched anew when something of theirs has changed.
 *
 * @typedef {import("./top_list.js").Leaderboard} Leaderboard
 * @typedef {import("./banner.js").Winner} Winner
 * @typedef {{ version: string, leaderboard: Leaderboard, winner: Winner | null,
 *   draw: { drawId: string, commitment: string } | null }} News
 * @typedef {{ kind: string, what?: string }} Own
 */

import { follow } from "../feed.js";
import { showBanner, showDraw, showWinner } from "./banner.js";
import { dialogLinks, renewDialog } from "./dialogs.js";
import { enterByScript } from "./entry_form.js";
import { checkFollow, followAgain } from "./following.js";
import { mine, showChance } from "./mine.js";
import { showRoulette } from "./roulette_card.js";
import { say, text } from "./say.js";
import { signInButtons } from "./sign_in.js";
import { showTop } from "./top_list.js";

/** A change for everybody makes everybody ask: spread, the questions do not arrive in one instant. */
const SPREAD_MS = 3000;

/** @param {News} news */
function onRaffle({ leaderboard, winner, draw }) {
  const session = document.getElementById("banner")?.dataset.session;
  showBanner(leaderboard, winner);
  showTop(leaderboard);
  showDraw(draw);
  showWinner(winner);
  showChance(leaderboard.totalWeight);
  // Another session changes what the viewer's entry is, and may drop it.
  if (session !== (leaderboard.sessionId ?? "")) mine.followSession(SPREAD_MS);
  else mine.followSwitch(leaderboard.submissionsOpen, SPREAD_MS);
}

/** @param {Own} own */
function onOwn(own) {
  if (own.kind !== "raffle") return;
  mine.renewSoon(0);
  renewDialog();
}

/** @param {{ drawId: string, winner: Winner | null }} drawn */
function onDraw({ drawId, winner }) {
  const link = document.getElementById("winner-link");
  link?.setAttribute("href", `/draws/${drawId}`);
  const proof = document.getElementById("winner-proof");
  if (proof) proof.hidden = false;
  const won = document.getElementById("banner")?.dataset.won ?? "";
  if (winner) say(won.replace("{name}", winner.name));
}

/** After a gap: what is public is asked for only if its version is another. */
async function refresh() {
  mine.renewSoon(0);
  const status = await asked("/api/status");
  if (status.version === document.getElementById("top")?.dataset.version) return;
  const [leaderboard, latest] = await Promise.all([asked("/api/leaderboard"), asked("/api/winner")]);
  showBanner(leaderboard, latest.winner);
  showTop(leaderboard);
  showWinner(latest.winner);
  showChance(leaderboard.totalWeight);
}

/** @param {string} path */
async function asked(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** @param {boolean} up */
function onChange(up) {
  const note = document.getElementById("reconnecting");
  if (!note) return;
  note.hidden = up;
  text(note, up ? "" : note.dataset.text);
}

/** What was told by the address is shown once: a reload does not tell it again. */
function cleanAddress() {
  const here = new URL(location.href);
  if (!here.searchParams.has("error") && !here.searchParams.has("entered")) return;
  here.searchParams.delete("error");
  here.searchParams.delete("entered");
  history.replaceState(history.state, "", here);
}

cleanAddress();
signInButtons();
dialogLinks();
mine.start();
enterByScript(mine);
followAgain(mine);
checkFollow(mine);
follow(
  "/api/live",
  {
    raffle: onRaffle,
    "raffle-draw": onDraw,
    me: onOwn,
    state: showRoulette,
    // A page that cannot be refreshed now keeps what it shows; the next news bring the rest.
    reset: () => void refresh().catch(() => {}),
  },
  onChange,
  { rests: true },
);
