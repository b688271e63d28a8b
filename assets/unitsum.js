/** The card beside a feature map: what a unit looks at, its weights, and the sum, number by number. */

import { along, signedStops, toCss } from "./colors.js";
import { element, setText } from "./element.js";
import { short } from "./format.js";

export class UnitSum {
  constructor() {
    this.title = element("div", { class: "card-title" });
    this.grids = element("div", { class: "sum-grids" });
    this.text = element("div", { class: "card-note", role: "status" });
    this.element = element("div", { class: "unit-sum", hidden: true }, this.title, this.grids, this.text);
  }

  colors(palette, dark) {
    this.stops = signedStops(palette, dark);
  }

  frame(frame) {
    const { sum } = frame;
    this.element.hidden = !sum;
    if (!sum) return;
    const place = sum.flat ? `unit ${sum.channel + 1}` : `map ${sum.channel + 1}, row ${sum.row + 1}, column ${sum.column + 1}`;
    setText(this.title, `${sum.title}, ${sum.is_output ? `digit ${sum.channel}` : place}`);
    const kinds = {
      conv: () => this.#convolution(frame),
      res: () => this.#convolution(frame),
      dense: () => this.#dense(sum),
      norm: () => this.#norm(sum, "of this image's layer"),
      bnorm: () => this.#norm(sum, "of this map or unit over the batches trained on"),
      act: () => this.#say(`${sum.bend.replace("_", " ")} of ${short(sum.input)} = ${short(sum.value)}`),
      drop: () => this.#say(`${short(sum.value)}: switched off by chance only while it trains.`),
    };
    (kinds[sum.kind] ?? (() => this.#window(frame)))();
  }

  #say(text) {
    this.grids.replaceChildren();
    setText(this.text, text);
  }

  #norm({ input, mean, deviation, gain, bias, value }, whose) {
    this.#say(`(${short(input)} − mean ${short(mean)}) ÷ deviation ${short(deviation)} × gain ${short(gain)} ${plus(bias)} bias = ${short(value)}. Mean and deviation: ${whose}.`);
  }

  #dense({ terms, rest, n_rest: n, bias, total, is_output: output, ...sum }) {
    const rows = terms.map(([name, input, weight, product]) => element("tr", {}, ...[name, short(input), short(weight), short(product)].map((text) => element("td", { text }))));
    const head = element("tr", {}, ...["strongest inputs", "input", "× weight", "= product"].map((text) => element("th", { scope: "col", text })));
    this.grids.replaceChildren(element("table", { class: "sum-grid sum-terms" }, head, ...rows));
    const after = output ? "; the score: softmax makes probabilities of the ten" : bent(sum);
    setText(this.text, `Their sum${n ? ` ${plus(rest)} from ${n} others` : ""} ${plus(bias)} bias = ${short(total)}${after}`);
  }

  #convolution({ sum, sum_inputs: inputs, sum_weights: weights }) {
    const [, size] = inputs.shape;
    const { kind, strongest, part, rest, n_rest: n, bias, total, passed, whole } = sum;
    const seen = { res: `inner map ${strongest + 1}`, conv: n ? `patch of map ${strongest + 1}` : "input patch" }[kind];
    this.grids.replaceChildren(this.#grid(inputs, size, seen), sign("×"), this.#grid(weights, size, "kernel"), sign("→"), element("b", { text: short(part) }));
    const others = n ? ` ${plus(rest)} from ${n} other ${n > 1 ? "maps" : "map"}` : "";
    const added = kind === "res" ? `; ${plus(passed)} that came in = ${short(whole)}` : "";
    setText(this.text, `${short(part)}${others} ${plus(bias)} bias = ${short(total)}${added}${bent(sum)}`);
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

/** What the activation makes of it, if one stands right behind. */
const bent = ({ bend, value }) => (bend ? `; after ${bend.replace("_", " ")} ${short(value)}` : "");

const sign = (text) => element("span", { class: "sum-sign", text });

/** A term of a sum: "+ 1.20" or "− 0.30". */
const plus = (value) => (value < 0 ? `\u2212 ${short(-value)}` : `+ ${short(value)}`);
