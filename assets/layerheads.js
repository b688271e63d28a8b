/** What stands above and below each layer: its name, - and +, and how large its gradient is. */

import { element, setAttribute, setText } from "./element.js";
import { number } from "./format.js";

const MAX_UNITS = 16;
const MAX_LAYERS = 8;
const NEW_LAYER_UNITS = 2;
const COMPACT_BELOW_PX = 74; // pitch at which -, number and + no longer stand side by side
const SHORT_BELOW_PX = 62;
const REFUSED_MS = 5000; // after this the run that is shown is the one that stays
const SMALLEST_GRADIENT = 1e-6; // the bar's left end; its right end is 10
const GRADIENT_DECADES = 7;

export class LayerHeads {
  /** @param {(sizes: number[]) => void} onSizes called with the wanted hidden sizes */
  constructor(onSizes) {
    this.onSizes = onSizes;
    this.element = element("div", { class: "layer-heads" });
    this.heads = [];
    this.less = sizeButton("−", "Remove the last hidden layer", () => this.#layers(-1));
    this.more = sizeButton("+", "Add a hidden layer", () => this.#layers(1));
    this.less.dataset.tip = "Removes the last hidden layer. Watch what the network can no longer bend.";
    this.more.dataset.tip = `Adds a hidden layer of ${NEW_LAYER_UNITS} units. Watch how later layers combine earlier ones.`;
    this.number = element("output", { class: "layer-number" });
    this.layers = element(
      "div",
      { class: "layer-count", role: "group", "aria-label": "Number of hidden layers" },
      this.less,
      this.number,
      this.more,
    );
  }

  /** @param {import("./netlayout.js").NetLayout} layout */
  place(layout, scene) {
    this.shown = scene.sizes.slice(1, -1);
    if (!this.waits || this.shown.join() === this.sizes.join()) this.#settle();
    this.locked = (scene.hide ?? []).includes("hidden_sizes");
    this.layers.hidden = this.locked;
    while (this.heads.length < layout.columns.length) this.heads.push(this.#head(this.heads.length));
    while (this.heads.length > layout.columns.length) this.heads.pop().forEach((node) => node.remove());
    layout.columns.forEach(({ x }, k) => this.#placeHead(k, x + layout.unit / 2, layout, scene));
    this.#counts();
  }

  /** @param {number[]} norms gradient size of each layer of links */
  gradients(norms) {
    norms.forEach((norm, k) => {
      const foot = this.heads[k + 1]?.[1];
      if (!foot) return;
      const filled = norm > 0 ? Math.log10(norm / SMALLEST_GRADIENT) / GRADIENT_DECADES : 0;
      foot.firstChild.firstChild.style.transform = `scaleX(${Math.min(Math.max(filled, 0), 1).toFixed(3)})`;
      setText(foot.lastChild, number(norm));
    });
  }

  #head(k) {
    const units = (change) => () => this.#units(k - 1, change);
    const less = sizeButton("−", `Remove a unit from hidden layer ${k}`, units(-1));
    const more = sizeButton("+", `Add a unit to hidden layer ${k}`, units(1));
    const head = element(
      "div",
      { class: "layer-head" },
      element("div", { class: "layer-name" }),
      element("div", { class: "layer-kind" }),
      element("div", { class: "layer-size" }, less, element("output", { class: "layer-number" }), more),
    );
    const tip = "Size of this layer's gradient, on a log scale. Tiny in early layers: they hardly learn.";
    const foot =
      k === 0
        ? element("div", { class: "layer-foot title", text: "gradient" })
        : element(
            "div",
            { class: "layer-foot", "data-tip": tip },
            element("div", { class: "gradient-bar" }, element("i")),
            element("span", { class: "gradient-text" }),
          );
    less.dataset.tip = "Takes the last unit of this layer away. Watch which bend of the boundary goes with it.";
    more.dataset.tip = "Adds a unit to this layer. Start weights of the others stay; Xavier, He and LeCun scale them anew. Watch the new one.";
    this.element.append(head, foot);
    return [head, foot];
  }

  #placeHead(k, middle, layout, scene) {
    const [head, foot] = this.heads[k];
    const last = layout.columns.length - 1;
    const hidden = k > 0 && k < last;
    head.style.left = foot.style.left = `${middle}px`;
    foot.style.top = `${layout.foot}px`;
    const name = k === 0 ? "Features" : hidden ? `Hidden ${k}` : "Output";
    const compact = layout.pitch < COMPACT_BELOW_PX * layout.scale;
    const short = layout.pitch < SHORT_BELOW_PX * layout.scale;
    const kind = hidden ? scene.activations[k - 1].replace("_", " ") : "";
    setText(
      head.children[0],
      short ? name.replace("Hidden ", "H").replace("Features", "In").replace("Output", "Out") : name,
    );
    setText(head.children[1], hidden && compact ? `${scene.sizes[k]} × ${kind}` : kind);
    head.style.width = `${Math.min(layout.pitch - 4, 2 * middle, 2 * (layout.width - middle) - 2)}px`; // else the diagram would scroll
    foot.style.width = `${Math.min(64 * layout.scale, layout.pitch - 8)}px`;
    head.classList.toggle("compact", compact);
    head.children[2].hidden = !hidden || this.locked;
  }

  #units(layer, change) {
    const sizes = [...this.sizes];
    sizes[layer] = Math.min(Math.max(sizes[layer] + change, 1), MAX_UNITS);
    this.#want(sizes);
  }

  #layers(change) {
    const grown = [...this.sizes, NEW_LAYER_UNITS];
    this.#want(change > 0 ? grown.slice(0, MAX_LAYERS) : this.sizes.slice(0, -1));
  }

  /**
   * Counts follow the click at once, so that quick clicks add up; the diagram follows with the new run. The run of an
   * earlier click, which may come in between, does not set them back.
   */
  #want(sizes) {
    if (sizes.join() === this.sizes.join()) return;
    this.sizes = sizes;
    clearTimeout(this.waits);
    this.waits = setTimeout(() => this.#giveUp(), REFUSED_MS);
    this.#counts();
    this.onSizes(sizes);
  }

  #settle() {
    clearTimeout(this.waits);
    this.waits = null;
    this.sizes = this.shown;
  }

  #giveUp() {
    this.#settle();
    this.#counts();
  }

  #counts() {
    const { sizes } = this;
    setText(this.number, `${sizes.length} hidden layer${sizes.length === 1 ? "" : "s"}`);
    setAttribute(this.less, "aria-disabled", sizes.length === 0 ? "true" : null);
    setAttribute(this.more, "aria-disabled", sizes.length === MAX_LAYERS ? "true" : null);
    sizes.forEach((size, layer) => this.#countUnits(this.heads[layer + 1]?.[0].children[2], size));
  }

  #countUnits(row, size) {
    if (!row) return;
    setText(row.children[1], String(size));
    setAttribute(row.children[0], "aria-disabled", size === 1 ? "true" : null);
    setAttribute(row.children[2], "aria-disabled", size === MAX_UNITS ? "true" : null);
  }
}

function sizeButton(sign, name, click) {
  return element("button", { type: "button", class: "size-button", "aria-label": name, text: sign, on: { click } });
}
