/** The form of development builds that enters without chat. Not part of a build for viewers. */

import { call } from "../shared/ebs.js";
import { element } from "../shared/page.js";
import { nameForm } from "./form.js";
import { at } from "./view.js";

/** @type {Record<string, import("./form.js").Words>} */
const WORDS = {
  en: {
    lifetime_cap_reached: ["Gnome vault full", "You've reached the 10,000g lifetime cap for this channel product."],
    active_payout_exists: ["Finish current win", "You already have an active payout; check status above."],
    not_subscriber: ["Subscriber only", "Pool enrollment requires an active subscription."],
    character_name_taken_in_pool: [
      "Name taken",
      "That character name is already taken in the pool by another viewer.",
    ],
  },
  ru: {
    lifetime_cap_reached: ["Хранилище гномов полно", "Вы получили 10 000 з., больше на этом канале не положено."],
    active_payout_exists: ["Сначала получите выигрыш", "Ваш выигрыш ещё в пути; статус выше."],
    not_subscriber: ["Только для подписчиков", "Чтобы записаться в пул, нужна действующая подписка."],
    character_name_taken_in_pool: ["Имя занято", "Это имя персонажа в пуле уже занял другой зритель."],
  },
};

/** @param {import("./form.js").Panel} panel */
export function claimForm(panel) {
  const words = WORDS[panel.code] ?? {};
  /** @param {string} characterName */
  const send = (characterName) => {
    const enrollmentRequestId = crypto.randomUUID();
    return call("POST", "/api/payouts/claim", panel.token(), { characterName, enrollmentRequestId });
  };
  const title = element("h2", {}, "Dev Rig: test enroll");
  const form = nameForm(panel, { label: "CharacterName", action: "Claim", words, send }, title);
  form.className = "card";
  at("claim").append(form);
}
