/** What `goldomatic extension build` fills in. */

/**
 * Address of the service (EBS); "" is the server that this file came from.
 *
 * @type {string}
 */
export const EBS_URL = "";
export const VERSION = "0.0.0";
/** A build for Twitch's Dev Rig, with a form that enters without chat. */
export const DEVELOPMENT = false;
