/** Why this answer: pixels that speak for a digit by three methods, and the training images most like the drawing. */

import { BytePicture, inkTable, signedTable } from "./bytepicture.js";
import { element, setText } from "./element.js";
import { count, number } from "./format.js";
import { withArticle } from "./guess.js";
import { Surface } from "./surface.js";

const SIDE = 28;
const METHODS = [
  ["integrated_gradients", "Integrated gradients", "as the ink fades in", "Adds up, pixel by pixel, how the score grows while the drawing fades in from black. The sum over all pixels is the score less that of an empty image: both stand below."],
  ["gradient_input", "Gradient × input", "a little more ink", "How much the score would change with each pixel, times the ink there. Quick, but it sees only the last bit of ink."],
  ["occlusion", "Occlusion", "a patch blanked", "How much the score falls when a patch of 6 × 6 pixels is blanked."],
];
const RULE = "Distance is the angle between two images, each taken as the direction of its values in the last hidden layer (before the activation, where one follows the last layer of weights). The limit is what 99 of 100 test digits keep to.";

export class Why {
  constructor() {
    this.picture = new BytePicture();
    this.ink = inkTable();
    this.title = element("p", { class: "why-title" });
    this.legend = element("p", { class: "digits-note" });
    this.maps = METHODS.map((method) => map(...method));
    this.row = element("div", { class: "why-row" }, ...this.maps.map(({ node }) => node));
    this.element = element("div", { class: "why" }, this.title, this.row, this.legend);
    this.gallery = element("ul", { class: "mistakes-gallery" });
    this.note = element("p", { class: "digits-note" });
    this.similar = element("div", { class: "similar" }, this.gallery, this.note);
  }

  colors(palette, dark) {
    this.signs = signedTable(palette, dark);
    this.signsSaid = `${dark ? "Light red" : "Red"} speaks for the digit, blue against it. Score: its value before softmax.`;
    setText(this.legend, this.signsSaid);
  }

  layout(scale) {
    for (const { surface } of this.maps) surface.resize(SIDE * Math.round(3 * scale), SIDE * Math.round(3 * scale));
  }

  frame(frame) {
    const known = frame.why_digit !== null;
    this.row.hidden = this.legend.hidden = !known && !frame.has_ink;
    this.element.classList.toggle("waits", !known); // while it trains the room is kept: nothing below jumps
    setText(this.title, known ? `What speaks for ${frame.why_digit}. Point at a bar above for another digit, click to hold it.` : nothing(frame));
    if (known) for (const one of this.maps) this.#draw(one, frame);
    if (known) setText(this.legend, `${this.signsSaid} Integrated gradients add up to ${number(frame.why_sum)}; the score is ${number(Math.abs(frame.why_difference))} ${frame.why_difference < 0 ? "below" : "above"} an empty image's.`);
    this.#compare(frame);
  }

  /** Training goes on: what stands here is of the network before. */
  former() {
    setText(this.title, FORMER);
  }

  #draw({ name, surface, range }, frame) {
    const { width, height } = surface;
    this.picture.draw(surface.context, frame[`why_${name}`], 0, [SIDE, SIDE], this.signs, { x: 0, y: 0, width, height });
    setText(range, `±${Number(frame.why_scales[name].toPrecision(2))}`);
  }

  #compare(frame) {
    this.gallery.hidden = !frame.nearest_labels;
    if (!frame.nearest_labels) return setText(this.note, this.#pending(frame));
    this.gallery.replaceChildren(...frame.nearest_labels.map((label, k) => this.#tile(frame, k, label)));
    const { letters, scribbles, noise } = frame.found_out;
    setText(this.note, `${RULE} It is a weak check: of 100 letters it finds ${letters} out, of 100 scribbles ${scribbles}, of noise ${noise} (measured with the trained larger CNN).`);
  }

  #pending(frame) {
    if (frame.why_digit === null) return nothing(frame);
    if (typeof frame.nearest_progress !== "number") return "Switch on “Compare with training images” to see them.";
    return `Comparing with the training images: ${Math.round(100 * frame.nearest_progress)}%.`;
  }

  #tile(frame, k, label) {
    const surface = new Surface("mistake");
    surface.resize(SIDE * 1.5, SIDE * 1.5);
    this.picture.draw(surface.context, frame.nearest, k * SIDE * SIDE, [SIDE, SIDE], this.ink, { x: 0, y: 0, width: surface.width, height: surface.height });
    const tip = `A training image of ${withArticle(label)} at a distance of ${degrees(frame.nearest_distances[k])}.`;
    return element("li", { "data-tip": tip }, surface.canvas, element("span", { text: `${label} · ${degrees(frame.nearest_distances[k])}` }));
  }
}

const degrees = (value) => (value === null ? "–" : `${value.toFixed(1)}°`); // a network that diverged has no numbers

/** What stands over an explanation while the network goes on training. */
export const FORMER = "As it was before training went on. Pause to see it as it is now.";

/** Why there is nothing to see. */
export const nothing = (frame) => (!frame.has_ink ? "Draw a digit to see this." : frame.status === "playing" ? "Pause to see this." : "Looking closer …");

/** What is known while nobody has looked closer. */
export const UNJUDGED = { words: "", far: false, strange: false };

/** What a frame that looked closer says of the drawing: in words, whether these are a warning, whether it is no digit. */
export function verdict(frame) {
  if (!frame.nearest_labels) return UNJUDGED;
  const [nearest] = frame.nearest_distances;
  if (nearest === null || frame.distance_limit === null) return { words: "✕ The network gives no numbers any more: it has diverged.", far: true, strange: false };
  const far = nearest > frame.distance_limit;
  const numbers = `${degrees(nearest)} from the nearest of ${count(frame.n_compared)} training images, limit ${degrees(frame.distance_limit)}`;
  return { words: far ? `✕ Not a digit: ${numbers}` : `✓ Like a digit: ${numbers}. A weak check.`, far, strange: far };
}

function map(name, label, plain, tip) {
  const surface = new Surface("why-map", { role: "img", "aria-label": label, "aria-hidden": null });
  const range = element("span", { class: "layer-range" });
  const node = element("figure", { "data-tip": tip }, surface.canvas, element("figcaption", {}, element("span", { text: `${label} ` }), range, element("br"), element("span", { text: plain })));
  return { name, surface, range, node };
}
