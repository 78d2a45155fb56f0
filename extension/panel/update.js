/** The note that the service knows a newer extension. Loaded only where it knows another. */

import { element, translator } from "../shared/page.js";
import { VERSION } from "../shared/settings.js";
import { at } from "./view.js";

/** @type {Record<string, import("../shared/page.js").Texts>} */
const TEXTS = {
  en: {
    update: "A new version of the Mimiron's Gold-o-Matic extension is available: v{remote} (you have v{own}).",
    reload: "Reload",
    more: "More",
  },
  ru: {
    update: "Доступна новая версия расширения Mimiron's Gold-o-Matic: v{remote} (у вас v{own}).",
    reload: "Перезагрузить",
    more: "Подробнее",
  },
};

const SUFFIX = /^(\d+\.\d+\.\d+)[-+].*/;

/**
 * @param {string} remote
 * @param {string} own
 */
function isNewer(remote, own) {
  const [theirs, ours] = [remote, own].map((each) => each.replace(SUFFIX, "$1"));
  return (theirs ?? "").localeCompare(ours ?? "", undefined, { numeric: true }) > 0;
}

/**
 * Says on top of the page which of the versions is newer than this one, if one is.
 *
 * @param {string} code of the language
 * @param {string[]} versions
 * @param {unknown} notes address of the release notes
 */
export function offerNewer(code, versions, notes) {
  const remote = versions.find((each) => isNewer(each, VERSION));
  if (!remote) return;
  const t = translator(TEXTS[code] ?? {}, code);
  const reload = element("button", {}, t("reload"));
  reload.onclick = () => location.reload();
  const parts = [t("update", { remote, own: VERSION }), " ", reload];
  if (typeof notes === "string" && notes.startsWith("https://")) {
    parts.push(" ", element("a", { href: notes, target: "_blank", rel: "noopener noreferrer" }, t("more")));
  }
  at("update").replaceChildren(...parts);
  at("update").hidden = false;
}
