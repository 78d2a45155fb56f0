/** The wheel: a slice for each name. A picture only; whoever shows it says in words what happens. */

const RADIUS = 96;
/** Where names begin, below the pointer, and how far they may reach towards the hub. */
const NAMES_FROM = 87;
const NAMES_REACH = 47;
const LARGEST_NAME = 11;
/** Of a slice's height at the rim: further in it is less. */
const NAME_PER_SHARE = 340;
const pen = document.createElement("canvas").getContext("2d");
const TURN_MS = 4_000;
const LANDING_MS = 3_000;
const LIGHT_EVERY_MS = 120;
/** All others together never take more than this share of the wheel: names must stay readable. */
const MOST_FOR_OTHERS = 0.3;

/**
 * @typedef {object} Slice
 * @property {SVGElement} shape
 * @property {string} name "" for all others
 * @property {number} middle degrees from the top, clockwise
 */

export class Wheel {
  /** @type {Slice[]} */
  #slices = [];
  #shown = "";
  /** @type {Slice | undefined} */
  #lit;
  #angle = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** @type {Animation | undefined} */
  #turning;

  /** @param {HTMLElement} host an empty element, which gets the picture and the hub */
  constructor(host) {
    this.host = host;
    this.disc = make("g");
    this.hub = document.createElement("span");
    this.hub.className = "hub";
    const picture = make("svg", { viewBox: "-100 -100 200 200" });
    picture.append(this.disc, make("path", { class: "pointer", d: "M-7-100h14l-7 12z" }));
    host.append(picture, this.hub);
    host.setAttribute("aria-hidden", "true");
  }

  /**
   * Draw who is on the wheel; nothing happens when it is who is there already.
   *
   * @param {{ names: string[], others: number }} slices
   * @param {string} [own] the viewer's own name, which is on the wheel if it is in the pool
   */
  show({ names, others }, own = "") {
    const shown = own && others && !names.includes(own) ? [...names.slice(0, -1), own] : names;
    const key = JSON.stringify([shown, others, own]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#slices = drawn(shown, others, own);
    this.disc.replaceChildren(...this.#slices.map(({ shape }) => shape));
    if (this.host.dataset.state !== "spinning") this.rest();
  }

  /** Stand still and light nobody. */
  rest() {
    this.host.dataset.state = "resting";
    this.#still();
    this.hub.textContent = this.#slices[0] ? "★" : "—";
  }

  /** Turn, while a light runs from name to name. */
  spin() {
    if (this.#is("spinning")) return;
    this.#still();
    this.hub.textContent = "★";
    if (!mayMove()) return;
    this.#turning = this.#turn(this.#angle, this.#angle + 360, { duration: TURN_MS, iterations: Infinity });
    this.#timer = setInterval(() => {
      const next = this.#lit ? this.#slices.indexOf(this.#lit) + 1 : 0;
      this.#light(this.#slices[next % this.#slices.length]);
      this.hub.textContent = this.#lit?.name || "…";
    }, LIGHT_EVERY_MS);
  }

  /**
   * Stop at a name, or at all others where it has no slice of its own.
   *
   * @param {string} name
   */
  land(name) {
    if (this.#is(`landed ${name}`)) return;
    this.#still();
    this.hub.textContent = name;
    const place = this.#slices.find((each) => each.name === name) ?? this.#slices.find((each) => !each.name);
    if (!place) return;
    const from = this.#angle;
    this.#light(place);
    this.#angle = from - ((from + place.middle) % 360) + 720;
    this.disc.style.transform = `rotate(${this.#angle}deg)`;
    if (mayMove()) this.#turn(from, this.#angle, { duration: LANDING_MS, easing: "ease-out" });
  }

  /** @param {string} state which the wheel has from now on; whether it had it before */
  #is(state) {
    const before = this.host.dataset.state;
    this.host.dataset.state = state;
    return before === state;
  }

  #still() {
    clearInterval(this.#timer);
    this.#angle = (this.#angle + (Number(this.#turning?.currentTime ?? 0) / TURN_MS) * 360) % 360;
    this.#turning?.cancel();
    this.#turning = undefined;
    this.disc.style.transform = `rotate(${this.#angle}deg)`;
    this.#light(undefined);
  }

  /** @param {Slice | undefined} slice */
  #light(slice) {
    this.#lit?.shape.removeAttribute("data-lit");
    slice?.shape.setAttribute("data-lit", "");
    this.#lit = slice;
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {KeyframeAnimationOptions} timing
   */
  #turn(from, to, timing) {
    return this.disc.animate({ transform: [`rotate(${from}deg)`, `rotate(${to}deg)`] }, timing);
  }
}

const mayMove = () => matchMedia("(prefers-reduced-motion: no-preference)").matches;

/**
 * @param {string[]} names
 * @param {number} others
 * @param {string} own
 * @returns {Slice[]}
 */
function drawn(names, others, own) {
  const count = names.length;
  const rest = count ? Math.min(others / (count + others), MOST_FOR_OTHERS) : 1;
  let start = 0;
  return (others ? [...names, ""] : names).map((name, index) => {
    const share = name ? (1 - rest) / count : rest;
    const middle = (start + share / 2) * 360;
    start += share;
    const shape = make("g", { class: `slice c${index % 4}`, transform: `rotate(${middle})` });
    if (name && name === own) shape.setAttribute("data-own", "");
    const text = name || `+${others}`;
    const size = Math.min(LARGEST_NAME, share * NAME_PER_SHARE, NAMES_REACH / emsWide(text));
    const label = make("text", { x: -NAMES_FROM, "font-size": size, transform: "rotate(90)" });
    label.textContent = text;
    shape.append(wedge(share), label);
    return { shape, name, middle };
  });
}

/**
 * The width of a text in the font of the names, in its own size.
 *
 * @param {string} text
 */
function emsWide(text) {
  if (!pen) return text.length;
  pen.font = "600 100px system-ui, sans-serif";
  return pen.measureText(text).width / 100;
}

/**
 * A wedge of the disc whose middle points up.
 *
 * @param {number} share of the whole disc
 */
function wedge(share) {
  if (share >= 1) return make("circle", { r: RADIUS });
  const x = RADIUS * Math.sin(share * Math.PI);
  const y = -RADIUS * Math.cos(share * Math.PI);
  return make("path", { d: `M0 0L${-x} ${y}A${RADIUS} ${RADIUS} 0 ${share > 0.5 ? 1 : 0} 1 ${x} ${y}z` });
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 */
function make(tag, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return /** @type {SVGElement} */ (made);
}
