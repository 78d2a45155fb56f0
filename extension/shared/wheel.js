/** The wheel: a slice for each name. A picture only; whoever shows it says in words what happens. */

const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 96;
const TURN_MS = 4_000;
const LANDING_MS = 3_000;
const LIGHT_EVERY_MS = 120;
const COLOURS = 4;
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
  #lit = 0;
  #angle = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #light;
  /** @type {Animation | undefined} */
  #turning;
  #motion = matchMedia("(prefers-reduced-motion: no-preference)");

  /** @param {HTMLElement} host an empty element, which gets the picture and the hub */
  constructor(host) {
    this.host = host;
    this.svg = make("svg", { viewBox: "-100 -100 200 200" });
    this.disc = make("g", { class: "disc" });
    this.svg.append(this.disc, make("path", { class: "pointer", d: "M-8-100h16l-8 15z" }));
    this.hub = document.createElement("span");
    this.hub.className = "hub";
    host.append(this.svg, this.hub);
    host.setAttribute("aria-hidden", "true");
    this.#motion.addEventListener("change", () => this.#still());
  }

  /**
   * Draw who is on the wheel; nothing happens when it is who is there already.
   *
   * @param {{ names: string[], others: number }} slices
   * @param {string | null} [own] the viewer's own name, which is on the wheel if it is in the pool
   */
  show({ names, others }, own = null) {
    const shown = own && others > 0 && !names.includes(own) ? [...names.slice(0, -1), own] : names;
    const key = JSON.stringify([shown, others, own]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#slices = drawn(shown, others, own);
    this.disc.replaceChildren(...this.#slices.map((slice) => slice.shape));
    if (this.host.dataset.state !== "spinning") this.rest();
  }

  /** Stand still and light nobody. */
  rest() {
    this.#set("resting");
    this.#still();
    this.hub.textContent = this.#slices.length > 0 ? "★" : "—";
  }

  /** Turn, while a light runs from name to name. */
  spin() {
    if (!this.#set("spinning")) return;
    this.#still();
    this.hub.textContent = this.#slices[0]?.name || "…";
    if (!this.#motion.matches) return;
    this.#turning = this.disc.animate(turn(this.#angle, this.#angle + 360), {
      duration: TURN_MS,
      iterations: Infinity,
    });
    this.#light = setInterval(() => this.#run(), LIGHT_EVERY_MS);
  }

  /**
   * Stop at a name, or at all others where it has no slice of its own.
   *
   * @param {string} name
   */
  land(name) {
    if (!this.#set(`landed ${name}`)) return;
    const from = this.#now();
    this.#still();
    const place = this.#slices.find((s) => s.name === name) ?? this.#slices.find((s) => !s.name);
    this.hub.textContent = name;
    if (!place) return;
    this.#lightUp(this.#slices.indexOf(place));
    const rest = (((360 - place.middle - from) % 360) + 360) % 360;
    this.#angle = from + rest + (this.#motion.matches ? 360 : 0);
    this.disc.style.transform = `rotate(${this.#angle}deg)`;
    if (this.#motion.matches) {
      this.disc.animate(turn(from, this.#angle), { duration: LANDING_MS, easing: "ease-out" });
    }
  }

  /** @param {string} state */
  #set(state) {
    const isNew = this.host.dataset.state !== state;
    this.host.dataset.state = state;
    return isNew;
  }

  #still() {
    clearInterval(this.#light);
    this.#angle = this.#now();
    this.#turning?.cancel();
    this.#turning = undefined;
    this.disc.style.transform = `rotate(${this.#angle}deg)`;
    this.#lightUp(-1);
  }

  /** Degrees by which the disc is turned at this moment. */
  #now() {
    const time = Number(this.#turning?.currentTime ?? 0);
    return (this.#angle + (time / TURN_MS) * 360) % 360;
  }

  #run() {
    this.#lightUp((this.#lit + 1) % Math.max(1, this.#slices.length));
    this.hub.textContent = this.#slices[this.#lit]?.name || "…";
  }

  /** @param {number} index */
  #lightUp(index) {
    this.#slices[this.#lit]?.shape.removeAttribute("data-lit");
    this.#lit = Math.max(0, index);
    if (index >= 0) this.#slices[index]?.shape.setAttribute("data-lit", "");
  }
}

/**
 * @param {string[]} names
 * @param {number} others
 * @param {string | null} own
 * @returns {Slice[]}
 */
function drawn(names, others, own) {
  const total = names.length + others;
  const rest = names.length > 0 ? Math.min(others / total, MOST_FOR_OTHERS) : 1;
  const each = names.length > 0 ? (1 - (others > 0 ? rest : 0)) / names.length : 0;
  /** @type {[string, number, string][]} */
  const parts = names.map((name) => [name, each, name]);
  if (others > 0) parts.push(["", rest, `+${others}`]);
  let start = 0;
  return parts.map(([name, share, label], index) => {
    const middle = (start + share / 2) * 360;
    start += share;
    const shape = make("g", { class: `slice c${index % COLOURS}`, transform: `rotate(${middle})` });
    if (name !== "" && name === own) shape.setAttribute("data-own", "");
    shape.append(wedge(share), title(label, share));
    return { shape, name, middle };
  });
}

/**
 * A wedge of the disc whose middle points up.
 *
 * @param {number} share of the whole disc
 */
function wedge(share) {
  if (share >= 1) return make("circle", { r: `${RADIUS}` });
  const half = share * Math.PI;
  const x = (RADIUS * Math.sin(half)).toFixed(2);
  const y = (-RADIUS * Math.cos(half)).toFixed(2);
  const large = share > 0.5 ? 1 : 0;
  return make("path", { d: `M0 0L-${x} ${y}A${RADIUS} ${RADIUS} 0 ${large} 1 ${x} ${y}z` });
}

/**
 * @param {string} text
 * @param {number} share
 */
function title(text, share) {
  const size = Math.min(11, Math.max(5, share * 400));
  const made = make("text", { x: "-90", "font-size": size.toFixed(1), transform: "rotate(90)" });
  made.textContent = text;
  return made;
}

/**
 * @param {number} from
 * @param {number} to
 */
function turn(from, to) {
  return [{ transform: `rotate(${from}deg)` }, { transform: `rotate(${to}deg)` }];
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 */
function make(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return /** @type {SVGElement} */ (made);
}
