/** Calls to the service (EBS). What goes wrong is an `ApiError`, whatever the reason. */

import { EBS_URL } from "./settings.js";

const TIMEOUT_MS = 25_000;

export class ApiError extends Error {
  /**
   * @param {string} code The service's code, or "network" when no answer of its came.
   * @param {string} message The service's own words, or "".
   * @param {number} [status] 0 without an answer
   * @param {number} [retryAfter] seconds
   */
  constructor(code, message, status = 0, retryAfter = 0) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Address of the service without a slash at its end; "" when nobody has set it. */
export function serviceUrl() {
  if (EBS_URL) return EBS_URL.replace(/\/+$/, "");
  const { protocol, hostname, origin } = location;
  const isHostedByTwitch = hostname.endsWith(".ext-twitch.tv");
  return protocol.startsWith("http") && !isHostedByTwitch ? origin : "";
}

/**
 * @param {"GET" | "POST"} method
 * @param {string} path
 * @param {string | null} [token] of the Extension
 * @param {unknown} [body]
 * @returns {Promise<any>} the JSON of the answer
 */
export async function call(method, path, token, body) {
  const headers = new Headers();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  try {
    const answer = await fetch(serviceUrl() + path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.ok) return answer.status === 204 ? null : await answer.json();
    throw await refusal(answer);
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError("network", "");
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  const code = typeof said?.code === "string" ? said.code : "unknown";
  const message = typeof said?.message === "string" ? said.message : "";
  const wait = Number(answer.headers.get("Retry-After"));
  return new ApiError(code, message, answer.status, wait > 0 ? wait : 0);
}
