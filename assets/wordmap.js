/** One head's map of a sentence, large: words on both axes, the number under the pointer. Signed where it is a change. */

import { element, setAttribute, setText } from "./element.js";
import { readBy } from "./reading.js";
import { Surface } from "./surface.js";

const FONT_PX = 12;
const LEAST_CHANGE = 0.05; // that the signed colors are stretched to
const LARGEST_FONT_PX = 16;
const LETTER = 0.56; // a letter's width, in heights
const WIDEST_WORD = 12; // letters; longer ones are cut on the axes only

export class WordMap {
  /** @param {(row: number, column: number) => void} choose a cell was pressed */
  constructor(choose) {
    this.choose = choose;
    this.title = element("span", { class: "map-title" });
    this.facts = element("div", { class: "word-map-facts" });
    this.surface = new Surface("word-map-canvas");
    this.readout = element("div", { class: "word-map-readout", role: "status" });
    this.field = element("div", { class: "word-map-field", tabindex: "0", role: "img",
      on: { ...readBy({ hover: (e) => this.#point(this.#cellAt(e)), key: (e) => this.#key(e), leave: () => this.#point(null) }),
        click: () => this.cell && choose(...this.cell) } }, this.surface.canvas);
    this.element = element("div", { class: "word-map" }, this.title, this.facts, this.field, this.readout);
    this.cell = null;
  }

  layout(side, scale) {
    Object.assign(this, { side, scale });
    this.surface.resize(side, side);
  }

  /**
   * @param {{tokens: string[], values: Float32Array, levels: Uint32Array, signed: boolean, title: string, facts: string,
   *   marked: [number, number]|null}} drawing values row by row; `marked` is the pair of words in question
   */
  frame(drawing, theme) {
    if (drawing.tokens.length !== this.drawing?.tokens.length) this.cell = null;
    Object.assign(this, { drawing, themeNow: theme });
    setText(this.title, drawing.title);
    const { signed, values } = drawing;
    this.most = signed ? values.reduce((largest, value) => Math.max(largest, Math.abs(value)), LEAST_CHANGE) : 1;
    setText(this.facts, signed ? `${drawing.facts}. Up to ${this.most.toFixed(2)}.` : drawing.facts);
    const n = drawing.tokens.length;
    setAttribute(this.field, "aria-label", `${drawing.title}: ${n} by ${n} tokens. Arrow keys read single cells, Enter takes the two words.`);
    this.#draw();
    this.#say();
  }

  #draw() {
    if (!this.side) return;
    const { context } = this.surface;
    const { tokens, values, levels, signed, marked } = this.drawing;
    const n = tokens.length;
    const longest = Math.min(WIDEST_WORD, Math.max(...tokens.map((token) => token.length)));
    const font = Math.max(FONT_PX * this.scale, Math.min(LARGEST_FONT_PX * this.scale, this.side / n / 2));
    const edge = Math.ceil(font * (LETTER * longest + 2.2));
    const cell = (this.side - edge) / n;
    Object.assign(this, { edge, cellSide: cell });
    this.surface.clear();
    const bytes = new Uint8Array(levels.buffer);
    for (let k = 0; k < n * n; k++) {
      const amount = signed ? (values[k] / this.most + 1) / 2 : values[k];
      const at = 4 * Math.round(255 * Math.min(Math.max(amount, 0), 1));
      context.fillStyle = `rgb(${bytes[at]}, ${bytes[at + 1]}, ${bytes[at + 2]})`;
      context.fillRect(edge + (k % n) * cell, edge + Math.floor(k / n) * cell, cell + 0.5, cell + 0.5);
    }
    context.strokeStyle = this.themeNow.line;
    context.lineWidth = 1;
    context.strokeRect(edge - 0.5, edge - 0.5, n * cell + 1, n * cell + 1);
    this.#labels(font);
    for (const at of [marked, this.cell]) if (at) this.#ring(at);
  }

  /** Words of the rows upright, of the columns turned; where there are more words than room, each second or third. */
  #labels(font) {
    const { context } = this.surface;
    const { edge, cellSide, themeNow } = this;
    const { tokens, marked } = this.drawing;
    const each = Math.max(1, Math.ceil((font * 1.05) / cellSide));
    const at = this.cell ?? marked;
    const draw = (text, on, align) => {
      context.font = `${on ? "700 " : ""}${font}px ${themeNow.font}`;
      Object.assign(context, { fillStyle: on ? themeNow.text : themeNow.muted, textAlign: align, textBaseline: "middle" });
      context.fillText(text.length > WIDEST_WORD ? `${text.slice(0, WIDEST_WORD - 1)}…` : text, 0, 0);
    };
    const near = (k, on) => on !== undefined && k !== on && Math.abs(k - on) * cellSide < font; // the marked word needs its place
    tokens.forEach((token, k) => {
      const middle = edge + (k + 0.5) * cellSide;
      const shown = (on) => k === on || (k % each === 0 && !near(k, on));
      if (shown(at?.[0])) this.#turned(edge - font * 0.45, middle, 0, () => draw(token, at?.[0] === k, "right"));
      if (shown(at?.[1])) this.#turned(middle, edge - font * 0.45, -Math.PI / 2, () => draw(token, at?.[1] === k, "left"));
    });
    const small = FONT_PX * this.scale;
    const axis = (text, align) => () => {
      Object.assign(context, { font: `${small}px ${themeNow.font}`, fillStyle: themeNow.muted, textAlign: align, textBaseline: "middle" });
      context.fillText(text, 0, 0);
    };
    this.#turned(edge, small * 0.7, 0, axis("looks at →", "left"));
    this.#turned(small * 0.7, edge, -Math.PI / 2, axis("← this word", "right"));
  }

  #turned(x, y, angle, draw) {
    const { context } = this.surface;
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    draw();
    context.restore();
  }

  #ring([row, column]) {
    const { context } = this.surface;
    const [x, y] = [this.edge + column * this.cellSide, this.edge + row * this.cellSide];
    for (const [width, color] of [[4, this.themeNow.background], [2, this.themeNow.text]]) {
      Object.assign(context, { lineWidth: width, strokeStyle: color });
      context.strokeRect(x, y, this.cellSide, this.cellSide);
    }
  }

  #say() {
    const { tokens, values, signed, whole } = this.drawing;
    if (!this.cell) return setText(this.readout, `Point at a cell to read its number.${signed ? (whole ? " Each row sums to 0." : " Tokens without a partner are left out.") : " Each row sums to 1."}`);
    const [row, column] = this.cell;
    const value = values[row * tokens.length + column];
    const place = (k) => `${tokens[k]} (${k + 1})`;
    setText(this.readout, signed
      ? `${place(row)} to ${place(column)}: ${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`
      : `${place(row)} looks at ${place(column)} with ${value.toFixed(3)}`);
  }

  #cellAt(event) {
    if (!this.drawing) return null;
    const box = this.surface.canvas.getBoundingClientRect();
    const n = this.drawing.tokens.length;
    const row = Math.floor((event.clientY - box.top - this.edge) / this.cellSide);
    const column = Math.floor((event.clientX - box.left - this.edge) / this.cellSide);
    return row >= 0 && column >= 0 && row < n && column < n ? [row, column] : null;
  }

  #point(cell) {
    if (!this.drawing || cell?.join() === this.cell?.join()) return;
    this.cell = cell;
    this.#draw();
    this.#say();
  }

  #key(event) {
    if (event.key === "Escape") return this.#point(null);
    if (event.key === "Enter" && this.cell) return this.choose(...this.cell);
    const [down, right] = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key] ?? [0, 0];
    if ((!down && !right) || !this.drawing) return;
    event.preventDefault();
    const inside = (k) => Math.min(Math.max(k, 0), this.drawing.tokens.length - 1);
    const [row, column] = this.cell ?? this.drawing.marked ?? [0, 0];
    this.#point(this.cell ? [inside(row + down), inside(column + right)] : [row, column]);
  }
}
