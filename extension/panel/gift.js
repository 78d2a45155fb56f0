/** The viewer's gift: how it goes on, and the form that asks for one. Loaded for who has or wants one. */

import { call, serviceUrl } from "../shared/ebs.js";
import { claims, element, put, translator } from "../shared/page.js";
import { nameForm } from "./form.js";
import { at } from "./view.js";

const LINES = ["Pending", "SelectingItem", "WaitingConfirmation", "Completed", "Failed"];

/** @type {Record<string, { texts: import("../shared/page.js").Texts, words: import("./form.js").Words }>} */
const LANGUAGES = {
  en: {
    texts: {
      title: "Gift queue",
      line_Pending: "You are #{pos} in queue. Estimated wait: {s}s.",
      line_SelectingItem: "Gift selection in progress…",
      line_WaitingConfirmation: "Waiting for your in-game whisper reply !twgift.",
      line_Completed: "Gift sent successfully.",
      line_Failed: "Gift request failed: {reason}.",
      unknown: "unknown reason",
      item: "Item: {name}",
      items: "Item: {name} × {count}",
      name: "Character name",
      ask: "Ask",
    },
    words: {
      not_subscriber: ["Subscriber only", "Only subscribers can use !twgift."],
      gift_already_used: ["One gift each", "!twgift can be used once per streamer."],
      gift_request_active: ["Already in the queue", "Active gift request already exists."],
    },
  },
  ru: {
    texts: {
      title: "Очередь подарков",
      Pending: "В очереди",
      SelectingItem: "Выбор вещи",
      WaitingConfirmation: "Ждём ответа",
      Completed: "Готово",
      Failed: "Не получилось",
      line_Pending: "Вы №{pos} в очереди. Ждать примерно {s} с.",
      line_SelectingItem: "Выбираем подарок…",
      line_WaitingConfirmation: "Ждём в игре вашего ответа !twgift.",
      line_Completed: "Подарок отправлен.",
      line_Failed: "Подарок не получился: {reason}.",
      unknown: "причина неизвестна",
      selection_timeout: "вещь не выбрали вовремя",
      confirmation_timeout: "ответа !twgift не было",
      receiver_declined: "получатель отказался",
      no_items_available: "в сумках ничего нет",
      draw_seed_lost: "розыгрыш нельзя было бы проверить",
      failed: "причина неизвестна",
      item: "Вещь: {name}",
      items: "Вещь: {name} × {count}",
      name: "Имя персонажа",
      ask: "Попросить",
    },
    words: {
      not_subscriber: ["Только для подписчиков", "!twgift — только для подписчиков."],
      gift_already_used: ["Подарок один", "На канале положен один подарок, и он уже был."],
      gift_request_active: ["Уже в очереди", "Ваша заявка на подарок ещё открыта."],
    },
  },
};

export class GiftSection {
  #item = element("p", { hidden: true });
  #proof = element("a", { target: "_blank", rel: "noopener noreferrer", hidden: true });
  #form;
  #t;
  #idle = [at("gift-title").textContent ?? "", at("gift-line").textContent ?? ""];

  /** @param {import("./form.js").Panel} panel */
  constructor(panel) {
    const { texts, words } = /** @type {(typeof LANGUAGES)["en"]} */ (LANGUAGES[panel.code]);
    this.#t = translator(texts, panel.code);
    /** @param {string} characterName */
    const send = (characterName) => {
      const token = panel.token();
      const streamerId = claims(token ?? "").channel_id;
      return call("POST", "/api/gift-requests", token, { streamerId, characterName });
    };
    this.#form = nameForm(panel, { label: this.#t("name"), action: this.#t("ask"), words, send });
    put(this.#proof, panel.t("proof"));
    at("gift").append(this.#item, this.#proof, this.#form);
  }

  /** The field for the name is where the viewer goes on. */
  focus() {
    this.#form.querySelector("input")?.focus();
  }

  /**
   * @param {import("../types").Gift | null | undefined} gift the viewer's own
   * @param {boolean} isShared whether the viewer has shared identity
   */
  show(gift, isShared) {
    const state = gift?.state ?? "";
    const chip = at("gift-state");
    chip.hidden = !state;
    chip.dataset.status = state;
    put(chip, this.#t(state));
    put(at("gift-title"), gift ? this.#t("title") : `${this.#idle[0]}`);
    put(at("gift-line"), this.#line(gift) ?? `${this.#idle[1]}`);
    this.#form.hidden = !isShared || (state !== "" && state !== "Failed");
    this.#shown(gift);
  }

  /** @param {import("../types").Gift | null | undefined} gift */
  #line(gift) {
    if (!gift || !LINES.includes(gift.state)) return null;
    const { failureReason } = gift;
    return this.#t(`line_${gift.state}`, {
      pos: gift.queuePosition ?? 0,
      s: gift.estimatedWaitSeconds ?? 0,
      reason: this.#t(failureReason || "unknown"),
    });
  }

  /**
   * The item, while it is to be the viewer's, and where its draw can be checked.
   *
   * @param {import("../types").Gift | null | undefined} gift
   */
  #shown(gift) {
    const item = gift?.state === "Failed" ? null : gift?.selectedItem;
    this.#item.hidden = this.#proof.hidden = !item;
    if (!item) return;
    put(this.#item, this.#t(item.count > 1 ? "items" : "item", { name: item.name, count: item.count }));
    this.#proof.setAttribute("href", `${serviceUrl()}/draws/${gift?.id}`);
  }
}
