/** Beside the map: the color scale with its ends named, the classes and their symbols, what else may be shown. */

import { element, setText } from "./element.js";
import { short } from "./format.js";
import { classSymbol } from "./points.js";
import { Surface } from "./surface.js";
import { areaSwatch } from "./texture.js";

const BAR_PX = 18;

const TOGGLES = [
  ["test_data", "Test data", "Shows the points kept for testing, hollow. Watch whether they fall on the right side too."],
  ["discretize", "Discretize", "Two colors only: what the model would decide at each place. Watch where the border runs."],
  [
    "contours",
    "Contours",
    "Lines of equal probability; the bold one is the decision boundary. Watch them draw close: the decision gets sharp.",
  ],
  ["misclassified", "Misclassified", "Rings around points on the wrong side. Watch where the mistakes stay."],
  ["uncertainty", "Uncertainty", "Stands out where the model is unsure. Watch the band get thin."],
];

export class MapRail {
  /** @param {import("./shows.js").Shows} shows @param {() => void} onChange called when a box changes */
  constructor(shows, onChange) {
    this.bar = new Surface("scale-bar");
    this.ends = [0, 1, 2].map(() => element("span", { class: "scale-end" }));
    this.scale = element(
      "div",
      { class: "scale" },
      this.bar.canvas,
      element("div", { class: "scale-ends" }, ...this.ends),
    );
    this.classes = element("ul", { class: "class-list" });
    this.boxes = TOGGLES.map(([word, text, tip]) => shows.box(word, text, tip, onChange));
    this.toggles = element("div", { class: "map-toggles", role: "group", "aria-label": "Show on the map" }, ...this.boxes);
    this.element = element("div", { class: "map-rail" }, this.scale, this.classes, this.toggles);
  }

  /** Room that the rail needs beside the map. */
  get width() {
    return Math.max(...[...this.toggles.children].map((node) => node.offsetWidth), 90);
  }

  scene(scene, colors) {
    const regression = scene.task === "regression";
    TOGGLES.forEach(([word], k) => (this.boxes[k].hidden = regression && (word === "misclassified" || word === "uncertainty")));
    this.classes.hidden = regression;
    const { shapes } = scene.palette;
    const names = regression ? [] : scene.class_names;
    const rows = names.map((name, k) =>
      element("li", {}, classSymbol(shapes[k], colors.classes[k]), ...areaSwatch(k, names.length, colors.strengths), element("span", { text: name })),
    );
    this.classes.replaceChildren(...rows);
  }

  /**
   * @param {Uint32Array|null} levels the table that the map is drawn with; null hides the bar
   * @param {string[]} ends texts from top to bottom
   */
  drawScale(levels, ends, height) {
    this.scale.hidden = !levels;
    if (!levels) return;
    this.bar.resize(BAR_PX, height);
    const { context, canvas } = this.bar;
    const image = new ImageData(1, canvas.height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let y = 0; y < canvas.height; y++) pixels[y] = levels[255 - Math.floor((y * 256) / canvas.height)];
    for (let x = 0; x < canvas.width; x++) context.putImageData(image, x, 0);
    this.ends.forEach((node, k) => setText(node, ends[k]));
  }
}

/** The three texts of a scale from -scale to +scale. */
export function signedEnds(scale) {
  return [`+${short(scale)}`, "0", `\u2212${short(scale)}`];
}
