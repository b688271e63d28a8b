/** The card beside a feature map: what a unit looks at, its weights, and the sum, number by number. */

import { along, parseColor, toCss } from "./colors.js";
import { element, setText } from "./element.js";
import { short } from "./format.js";

const MOST_CHANNELS = 1; // shown number by number; the rest is one sum

export class UnitSum {
  constructor() {
    this.title = element("div", { class: "card-title" });
    this.grids = element("div", { class: "sum-grids" });
    this.text = element("div", { class: "card-note" });
    this.element = element("div", { class: "unit-sum", hidden: true }, this.title, this.grids, this.text);
  }

  colors(palette, dark) {
    this.stops = (dark ? palette.diverging_dark : palette.diverging_light).map(parseColor);
  }

  frame(frame) {
    const { sum } = frame;
    this.element.hidden = !sum;
    if (!sum) return;
    setText(this.title, `${sum.title}, map ${sum.channel + 1}, row ${sum.row + 1}, column ${sum.column + 1}`);
    if (sum.kind === "conv") this.#convolution(frame);
    else this.#window(frame);
  }

  #convolution({ sum, sum_inputs: inputs, sum_weights: weights }) {
    const [channels, size] = inputs.shape;
    const cells = size * size;
    const parts = Array.from({ length: channels }, (_, c) => {
      let total = 0;
      for (let k = 0; k < cells; k++) total += inputs[c * cells + k] * weights[c * cells + k];
      return total;
    });
    const strongest = parts.map((_, c) => c).sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a]))[0];
    const of = (values) => values.subarray(strongest * cells, (strongest + 1) * cells);
    this.grids.replaceChildren(this.#grid(of(inputs), size, "input patch"), sign("×"), this.#grid(of(weights), size, "kernel"), sign("→"), element("b", { text: short(parts[strongest]) }));
    const rest = parts.reduce((all, part) => all + part, 0) - parts[strongest];
    const others = channels > MOST_CHANNELS ? ` + ${short(rest)} from ${channels - 1} other maps` : "";
    setText(this.text, `${short(parts[strongest])}${others} + bias ${short(sum.bias)} = ${short(sum.total)}; after the activation ${short(sum.value)}`);
  }

  #window({ sum, sum_inputs: inputs }) {
    const size = inputs.shape[1];
    this.grids.replaceChildren(this.#grid(inputs, size, "window"), sign("→"), element("b", { text: short(sum.value) }));
    setText(this.text, sum.kind === "pool" ? `The largest of ${size} × ${size} values.` : `The mean of ${size} × ${size} values.`);
  }

  #grid(values, size, label) {
    const most = Math.max(1e-9, ...values.map(Math.abs));
    const cells = Array.from({ length: size }, (_, row) => element("tr", {}, ...Array.from({ length: size }, (_, column) => {
      const value = values[row * size + column];
      const rgb = along(this.stops, (value / most + 1) / 2);
      const dark = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] < 128;
      const cell = element("td", { text: short(value) });
      Object.assign(cell.style, { background: toCss(rgb), color: dark ? "#fff" : "#000" });
      return cell;
    })));
    return element("table", { class: "sum-grid" }, element("caption", { text: label }), ...cells);
  }
}

const sign = (text) => element("span", { class: "sum-sign", text });
