/** Why this answer: pixels that speak for a digit by three methods, and the training images most like the drawing. */

import { BytePicture, inkTable, signedTable } from "./bytepicture.js";
import { element, setText } from "./element.js";
import { Surface } from "./surface.js";

const SIDE = 28;
const METHODS = [
  ["integrated_gradients", "Integrated gradients", "Adds up, pixel by pixel, how the score grows while the drawing fades in from black. The sum is the whole score."],
  ["gradient_input", "Gradient × input", "How much the score would change with each pixel, times the ink there. Quick, but it sees only the last step."],
  ["occlusion", "Occlusion", "How much the score falls when a patch of 6 × 6 pixels is blanked."],
];

export class Why {
  constructor() {
    this.picture = new BytePicture();
    this.ink = inkTable();
    this.title = element("h3", { class: "why-title" });
    this.maps = METHODS.map(([name, label, tip]) => map(name, label, tip));
    this.verdict = element("p", { class: "why-verdict", "data-tip": "Distance in the last hidden layer. The check misses what that layer hardly reacts to: noise may count as near." });
    this.gallery = element("ul", { class: "mistakes-gallery" });
    this.row = element("div", { class: "why-row" }, ...this.maps.map(({ node }) => node));
    this.neighbors = element("div", { hidden: true }, this.verdict, this.gallery);
    this.element = element("section", { class: "why", "aria-label": "Why this answer" }, this.title, this.row, this.neighbors);
  }

  colors(palette, dark) {
    this.signs = signedTable(palette, dark);
  }

  layout(scale) {
    for (const { surface } of this.maps) surface.resize(SIDE * Math.round(3 * scale), SIDE * Math.round(3 * scale));
  }

  frame(frame) {
    const known = frame.why_digit !== null && frame.why_digit !== undefined && frame.has_ink;
    this.row.hidden = !known;
    setText(this.title, known ? `What speaks for ${frame.why_digit}` : "Pause to see what speaks for each digit");
    if (known) for (const one of this.maps) this.#draw(one, frame);
    this.neighbors.hidden = !frame.nearest_labels;
    if (frame.nearest_labels) this.#compare(frame);
  }

  #draw({ name, surface, range }, frame) {
    const { width, height } = surface;
    this.picture.draw(surface.context, frame[`why_${name}`], 0, [SIDE, SIDE], this.signs, { x: 0, y: 0, width, height });
    setText(range, `±${Number(frame.why_scales[name].toPrecision(2))}`);
  }

  #compare(frame) {
    const [nearest] = frame.nearest_distances;
    const digit = nearest <= frame.distance_limit;
    const numbers = `Distance to the nearest training image ${nearest.toFixed(1)}; 99 of 100 test digits are nearer than ${frame.distance_limit.toFixed(1)}.`;
    setText(this.verdict, `${digit ? "Near to digits it has learned from." : "Not a digit: far from all training images."} ${numbers}`);
    this.gallery.replaceChildren(...frame.nearest_labels.map((label, k) => this.#tile(frame.nearest, k, label)));
  }

  #tile(images, k, label) {
    const surface = new Surface("mistake");
    surface.resize(SIDE * 1.5, SIDE * 1.5);
    this.picture.draw(surface.context, images, k * SIDE * SIDE, [SIDE, SIDE], this.ink, { x: 0, y: 0, width: surface.width, height: surface.height });
    return element("li", {}, surface.canvas, element("span", { text: String(label) }));
  }
}

function map(name, label, tip) {
  const surface = new Surface("why-map", { role: "img", "aria-label": label, "aria-hidden": null });
  const range = element("span", { class: "layer-range" });
  const node = element("figure", { "data-tip": tip }, surface.canvas, element("figcaption", {}, element("span", { text: `${label} ` }), range));
  return { name, surface, range, node };
}
