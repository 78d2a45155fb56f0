/* Types for the checker; not part of the extension. */

/** Twitch's Extension helper, as far as it is used here. */
export interface TwitchExt {
  onAuthorized?(listener: (auth: { channelId: string; clientId: string; token: string; userId: string }) => void): void;
  onContext?(listener: (context: { theme?: "light" | "dark"; language?: string }) => void): void;
  onVisibilityChanged?(listener: (visible: boolean) => void): void;
  listen?(target: string, listener: (target: string, contentType: string, message: string) => void): void;
  unlisten?(target: string, listener: (target: string, contentType: string, message: string) => void): void;
  actions?: { requestIdShare(): void };
  viewer?: { opaqueId: string };
}

declare global {
  interface Window {
    Twitch?: { ext: TwitchExt };
  }
}

export type Phase = "idle" | "collecting" | "spinning" | "verification" | "completed";
export type Status = "Pending" | "InProgress" | "Sent" | "Failed" | "Cancelled" | "Expired";

export interface Roulette {
  nextSpinAt: string;
  serverNow: string;
  spinIntervalSeconds: number;
  poolParticipantCount: number;
  spinPhase: Phase;
  currentSpinCycleId: string | null;
}

export interface Payout {
  id: string;
  characterName: string;
  status: Status;
  createdAt: string;
}

export interface PayoutAdmin extends Payout {
  twitchDisplayName: string;
  updatedAt: string | null;
  winnerAcceptedWillingToReceiveAt: string | null;
  spinCycleId: string | null;
}

export interface Outcome {
  spinCycleId: string;
  result: "winner" | "offline" | "unverified";
  characterName: string | null;
  at: string;
}

/** Who is on the wheel: a slice for each name, and one for all others. */
export interface Slices {
  names: string[];
  others: number;
}

export interface Gift {
  id: string;
  state: string;
  selectedItem?: { name: string; count: number } | null;
  queuePosition?: number | null;
  estimatedWaitSeconds?: number | null;
  failureReason?: string | null;
}

/** What everybody may see; it also comes over PubSub. */
export interface Public {
  roulette: Roulette;
  lastOutcome?: Outcome | null;
  candidateCharacterName?: string | null;
  wheel?: Slices;
}

/** GET /api/panel/snapshot */
export interface Snapshot extends Public {
  poolMe: { isEnrolled: boolean; characterName: string | null } | null;
  myLast: Payout | null;
  myGift?: Gift | null;
  poolNames?: string[];
}

/** GET /api/broadcaster/session */
export interface Session {
  settings: { goldPerWin: number; spinIntervalSeconds: number; pauseSupported: boolean };
  setup: { desktopLastSeenAt: string | null; eventSubLastEventAt: string | null; helixConfigured: boolean };
  roulette: Roulette;
  recentWinners: PayoutAdmin[];
  openPayouts: PayoutAdmin[];
}
