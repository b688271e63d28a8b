/** The grids of the convolution workshop: input, kernel, output, and the arithmetic at the place under the window. */

import { element, setText } from "./element.js";

const INSTANCE = Symbol.for("playground.workshop");
const SLIDE_MS = 450;
const TYPING_MS = 300;
const MANY = { input: 14, kernel: 5, output: 6 }; // numbers side by side: more do not fit a phone in full size
const LARGEST = 100; // of a weight; Python takes no more
const HINT = "Point at the output or tap it, or focus it and press the arrow keys.";
const REFUSED = `A weight is a number from −${LARGEST} to ${LARGEST}. The one before stays.`;

/** @param {{parentElement: ShadowRoot, data: Object, setTriggerValue: Function}} component */
export function mount(component) {
  const parent = component.parentElement;
  (parent[INSTANCE] ??= new Workshop(parent)).show(component);
}

class Workshop {
  constructor(parent) {
    const style = element("link", { rel: "stylesheet", href: new URL("./workshop.css", import.meta.url).href });
    this.input = element("div", { class: "grid" });
    this.kernel = element("div", { class: "grid" });
    this.output = element("div", { class: "grid output", tabindex: "0", role: "application", on: { keydown: (event) => this.#key(event) } });
    this.sum = element("p", { class: "sum", role: "status" });
    this.slide = element("button", { type: "button", class: "slide", on: { click: () => this.#play(!this.timer) } });
    this.hint = element("span", { class: "hint", role: "status", text: HINT });
    const figure = (grid, name) => element("figure", {}, name, grid);
    this.names = { input: element("figcaption"), kernel: element("figcaption"), output: element("figcaption") };
    this.kernelFigure = figure(this.kernel, this.names.kernel);
    this.sign = element("span", { class: "sign", text: "→", "aria-hidden": "true" });
    this.root = element("div", { class: "workshop" },
      element("div", { class: "grids" }, figure(this.input, this.names.input), this.kernelFigure, this.sign, figure(this.output, this.names.output)),
      this.sum, element("div", { class: "tools" }, this.slide, this.hint));
    parent.append(style, this.root);
    this.at = [0, 0];
    this.#play(false);
  }

  show(component) {
    const shape = (data) => data && `${data.output.length} ${data.input.length} ${data.kernel.length}`;
    const before = shape(this.component?.data);
    this.component = component;
    const { data } = component;
    const side = data.output.length;
    this.at = this.at.map((place) => Math.min(place, side - 1));
    if (before !== shape(data) || this.operation !== data.operation) this.#build(data);
    this.operation = data.operation;
    this.#write(data);
    this.#mark();
  }

  #build({ input, kernel, output, operation, padding }) {
    const n = input.length;
    const outside = (k) => k < padding || k >= n - padding;
    this.cells = fill(this.input, n, (r, c) => element("span", { class: outside(r) || outside(c) ? "cell padding" : "cell" }));
    this.outs = fill(this.output, output.length, (r, c) => element("span", { class: "cell", on: { pointerenter: () => this.#go(r, c), click: () => this.#go(r, c) } }));
    for (const [name, side] of Object.entries({ input: n, kernel: kernel.length, output: output.length })) this[name].classList.toggle("large", side > MANY[name]);
    const convolves = operation === "convolution";
    this.kernelFigure.hidden = !convolves;
    if (!convolves) return;
    this.weights = fill(this.kernel, kernel.length, (r, c) => element("input", { type: "number", step: "0.25", class: "cell", "aria-label": `kernel row ${r + 1}, column ${c + 1}`, on: { input: (event) => this.#type(event.target), blur: (event) => this.#blur(event.target) } }));
  }

  #write({ input, kernel, output, operation, padding }) {
    const most = Math.max(1, ...output.flat().map(Math.abs));
    input.flat().forEach((value, k) => shade(this.cells[k], value, 9));
    output.flat().forEach((value, k) => shade(this.outs[k], value, most));
    if (operation === "convolution")
      kernel.flat().forEach((value, k) => {
        const cell = this.weights[k];
        if (cell !== cell.getRootNode().activeElement) cell.value = field(value);
      });
    const inner = input.length - 2 * padding;
    setText(this.names.input, `Input ${inner} × ${inner}${padding ? `, padded by ${padding}` : ""}`);
    setText(this.names.kernel, `Kernel ${kernel.length} × ${kernel.length}`);
    setText(this.names.output, `Output ${output.length} × ${output.length}`);
    this.output.setAttribute("aria-label", `Output, ${output.length} by ${output.length}. Arrow keys move the window.`);
  }

  #go(row, column) {
    this.#play(false);
    this.at = [row, column];
    this.#mark();
  }

  /** The window over the input, the place in the output, and how the number there comes about. */
  #mark() {
    const { input, kernel, output, stride, dilation, operation, padding } = this.component.data;
    const [row, column] = this.at;
    const n = input.length;
    const places = kernel.flatMap((line, i) => line.map((weight, j) => [row * stride + i * dilation, column * stride + j * dilation, weight]));
    this.cells.forEach((cell) => cell.classList.remove("under"));
    for (const [r, c] of places) this.cells[r * n + c].classList.add("under");
    this.outs.forEach((cell, k) => cell.classList.toggle("under", k === row * output.length + column));
    const values = places.map(([r, c, weight]) => [plain(input[r][c]), plain(weight), r, c]);
    const outside = ([, , r, c]) => [r, c].some((k) => k < padding || k >= n - padding);
    const result = plain(output[row][column]);
    const where = `Row ${row + 1}, column ${column + 1}: `;
    if (operation === "convolution") setText(this.sum, `${where}${values.map(([value, weight]) => `${value} · ${weight.startsWith("−") ? `(${weight})` : weight}`).join(" + ")} = ${result}`);
    else if (operation === "max pooling") setText(this.sum, `${where}the largest of ${values.filter((one) => !outside(one)).map(([value]) => value).join(", ")} is ${result}`);
    else setText(this.sum, `${where}(${values.map(([value]) => value).join(" + ")}) / ${values.length} = ${result}`);
  }

  #key(event) {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const last = this.component.data.output.length - 1;
    this.#go(...this.at.map((place, k) => Math.min(Math.max(place + by[k], 0), last)));
  }

  #play(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.#next(), SLIDE_MS) : null;
    setText(this.slide, on ? "Stop" : "Slide the window");
  }

  #next() {
    if (!this.root.isConnected) return this.#play(false);
    const side = this.component.data.output.length;
    const place = (this.at[0] * side + this.at[1] + 1) % (side * side);
    this.at = [Math.floor(place / side), place % side];
    this.#mark();
  }

  #type(cell) {
    setText(this.hint, isWeight(cell) ? HINT : REFUSED);
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      const kernel = this.component.data.kernel.flat();
      this.component.setTriggerValue("kernel", this.weights.map((cell, k) => (isWeight(cell) ? cell.valueAsNumber : kernel[k])));
    }, TYPING_MS);
  }

  /** What is left in a field without being a weight makes way for the weight that is in force. */
  #blur(cell) {
    if (!isWeight(cell)) cell.value = field(this.component.data.kernel.flat()[this.weights.indexOf(cell)]);
  }
}

const isWeight = ({ valueAsNumber: value }) => Math.abs(value) <= LARGEST; // NaN is none

function fill(grid, side, make) {
  const cells = Array.from({ length: side * side }, (_, k) => make(Math.floor(k / side), k % side));
  grid.style.setProperty("--side", side);
  grid.replaceChildren(...cells);
  return cells;
}

/** Strength by the share of ink, sign by the number itself and a dashed border. */
function shade(cell, value, most) {
  setText(cell, plain(value));
  cell.style.setProperty("--part", `${Math.round((70 * Math.abs(value)) / most)}%`);
  cell.classList.toggle("negative", value < 0);
}

function plain(value) {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

/** A number field takes no other minus. */
function field(value) {
  return plain(value).replace("−", "-");
}
