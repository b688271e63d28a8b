/** All heads of a fixed model as small maps with one number each: rows are layers, columns are heads. */

import { element, setAttribute, setText } from "./element.js";
import { moveFocus, press } from "./headkeys.js";

const GAP_PX = 5;
const CAPTION_PX = 17;
const LABEL_PX = 56;
const SIDE_PX = [28, 90]; // smallest and largest

export class WordGrid {
  /**
   * @param {(head: [number, number], chosen: boolean) => void} look chosen: more than pointed at
   * @param {() => void} leave the pointer points at none any more
   */
  constructor(look, leave) {
    this.look = look;
    this.heads = [];
    this.element = element("div", { class: "word-grid", role: "group", "aria-label": "Attention maps of all heads", on: { keydown: (event) => moveFocus(event, this.heads, this.selected), pointerleave: leave } });
  }

  scene({ layers, heads }) {
    if (this.layers === layers && this.columns === heads) return;
    Object.assign(this, { layers, columns: heads });
    const numbers = Array.from({ length: heads }, (_, head) => element("span", { class: "word-head-number", text: `${head + 1}` }));
    const rows = [element("div", { class: "word-row" }, element("span", { class: "word-layer", text: "Head" }), ...numbers)];
    for (let layer = 0; layer < layers; layer++) {
      const row = element("div", { class: "word-row" }, element("span", { class: "word-layer", text: `Layer ${layer + 1}` }));
      for (let head = 0; head < heads; head++) row.append(this.#head(layer, head));
      rows.push(row);
    }
    this.element.replaceChildren(...rows);
  }

  layout(width, height, scale) {
    const across = (width - LABEL_PX * scale) / this.columns - GAP_PX;
    const down = (height - CAPTION_PX * scale) / this.layers - GAP_PX - CAPTION_PX * scale;
    const side = Math.floor(Math.max(SIDE_PX[0], Math.min(SIDE_PX[1] * scale, across, down)));
    this.element.style.setProperty("--word-head", `${side}px`);
  }

  select(selected) {
    this.selected = selected;
    press(this.heads, selected);
  }

  /** @param {[number, number][]} off heads that write nothing */
  off(off) {
    this.out = new Set(off.map((head) => head.join()));
    for (const { node, layer, head } of this.heads) node.classList.toggle("off", this.out.has(`${layer},${head}`));
  }

  /**
   * @param {Uint8Array} maps (layers, heads, n, n) levels @param {Uint32Array} levels level -> pixel
   * @param {Float32Array|null} values a number for each head; null where there is none @param {string} what the number is
   */
  frame(maps, levels, values, what) {
    const n = maps.shape[2];
    this.heads.forEach((head, k) => {
      if (head.n !== n) Object.assign(head, { n, image: new ImageData(n, n) }), (head.canvas.width = head.canvas.height = n);
      const pixels = new Uint32Array(head.image.data.buffer);
      for (let cell = 0, at = k * n * n; cell < n * n; cell++, at++) pixels[cell] = levels[maps[at]];
      head.canvas.getContext("2d").putImageData(head.image, 0, 0);
      const value = values ? values[k].toFixed(2) : "–";
      setText(head.value, this.out.has(`${head.layer},${head.head}`) ? "off" : value);
      head.value.classList.toggle("small", value === "0.00");
      setAttribute(head.node, "aria-label", `Layer ${head.layer + 1}, head ${head.head + 1}: ${value} ${what}${this.out.has(`${head.layer},${head.head}`) ? ", off" : ""}`);
    });
  }

  #head(layer, head) {
    const canvas = element("canvas", { class: "word-head-canvas", "aria-hidden": "true" });
    const value = element("span", { class: "word-head-value" });
    const choose = () => this.look([layer, head], true);
    const node = element("button", { type: "button", class: "word-head", on: { pointermove: () => this.#pass(layer, head), focus: choose, click: choose } }, canvas, value);
    this.heads.push({ layer, head, node, canvas, value });
    return node;
  }

  /** The pointer passes over a head; a page that scrolls under a pointer at rest does not count. */
  #pass(layer, head) {
    if (this.selected?.[0] !== layer || this.selected[1] !== head) this.look([layer, head], false);
  }
}
