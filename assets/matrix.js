/** One matrix of real numbers as cells of color, readable by pointer and arrow keys. */

import { element, setText } from "./element.js";
import { number } from "./format.js";
import { readBy } from "./reading.js";
import { Surface } from "./surface.js";

const FONT_PX = 12;
const LARGEST_WIDTH_PX = 250;
const CELL_PX = [5, 16]; // smallest and largest
const MANY = 128; // columns; more of them may be narrower
const NARROWEST_PX = 2;
const EDGE_PX = [30, 110]; // for the names of the rows

export class Matrix {
  /** @param {string} title @param {string} note @param {(cell: [number, number]|null) => void} point */
  constructor(title, note, point) {
    Object.assign(this, { title, point });
    this.zoom = 1;
    this.surface = new Surface("matrix-canvas");
    this.range = element("span", { class: "matrix-range" });
    this.field = element("div", { class: "matrix-field", tabindex: "0", role: "img",
      on: readBy({ hover: (e) => this.#hover(e), key: (e) => this.#key(e), leave: () => point(null) }) }, this.surface.canvas);
    this.element = element("figure", { class: "matrix" },
      element("figcaption", {}, element("b", { text: title }), " ", element("span", { class: "matrix-note", text: note })), this.field, this.range);
  }

  /** How much larger than on a desk: to be read from afar. */
  layout(zoom) {
    this.zoom = zoom;
    if (this.drawing) this.draw(this.drawing);
  }

  /** @param {Object} drawing values, rows, columns, tokens, color(value) or null, hidden(row, column) cells that do not exist, theme, scale */
  draw(drawing) {
    this.drawing = drawing;
    const { rows, columns, tokens } = drawing;
    const { context } = this.surface;
    const least = columns > MANY ? NARROWEST_PX : CELL_PX[0];
    const across = Math.min(CELL_PX[1], Math.max(least, Math.floor(LARGEST_WIDTH_PX / columns)));
    this.size = [across, Math.max(FONT_PX, across)].map((side) => Math.round(side * this.zoom));
    context.font = this.#font();
    const widest = Math.max(...tokens.map((token) => context.measureText(token).width));
    this.edge = Math.min(Math.max(Math.ceil(widest) + 10, EDGE_PX[0]), EDGE_PX[1] * this.zoom);
    this.surface.resize(this.edge + columns * this.size[0] + 2, rows * this.size[1] + 2);
    this.field.setAttribute("aria-label", `${this.title}: ${rows} by ${columns} numbers. Arrow keys read single ones.`);
    setText(this.range, this.title === "Softmax" ? "0 to 1" : drawing.scale === 0 ? "all 0" : `−${number(drawing.scale)} to ${number(drawing.scale)}`);
    this.#paint();
  }

  mark(area, cell) {
    Object.assign(this, { area, cell });
    if (this.drawing) this.#paint();
  }

  #font() {
    return `${FONT_PX * this.zoom}px ${this.drawing.theme.font}`;
  }

  #paint() {
    const { values, rows, columns, tokens, color, hidden, theme } = this.drawing;
    const { context } = this.surface;
    const [across, down] = this.size;
    this.surface.clear();
    Object.assign(context, { font: this.#font(), fillStyle: theme.muted, textAlign: "right", textBaseline: "middle" });
    tokens.forEach((token, row) => context.fillText(token, this.edge - 6, (row + 0.5) * down + 1));
    for (let k = 0; k < rows * columns; k++) {
      const [row, column] = [Math.floor(k / columns), k % columns];
      const fill = hidden(row, column) ? null : color(values[k]);
      if (!fill) continue;
      context.fillStyle = fill;
      context.fillRect(this.edge + column * across, 1 + row * down, across, down);
    }
    context.strokeStyle = theme.line;
    context.lineWidth = 1;
    context.strokeRect(this.edge - 0.5, 0.5, columns * across + 1, rows * down + 1);
    if (this.area) this.#frame(this.area, theme);
    if (this.cell) this.#frame([...this.cell, 1, 1], theme);
  }

  #frame([row, column, rows, columns], theme) {
    const { context } = this.surface;
    const [across, down] = this.size;
    for (const [width, color] of [[4, theme.background], [2, theme.text]]) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.strokeRect(this.edge + column * across, 1 + row * down, columns * across, rows * down);
    }
  }

  #hover(event) {
    if (!this.drawing) return;
    const box = this.surface.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - 1) / this.size[1]);
    const column = Math.floor((event.clientX - box.left - this.edge) / this.size[0]);
    const inside = row >= 0 && column >= 0 && row < this.drawing.rows && column < this.drawing.columns;
    this.point(inside ? [row, column] : null);
  }

  #key(event) {
    const [down, right] = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key] ?? [0, 0];
    if (event.key === "Escape") this.point(null);
    if ((!down && !right) || !this.drawing) return;
    event.preventDefault();
    const inside = (k, most) => Math.min(Math.max(k, 0), most - 1);
    const [row, column] = this.cell ?? [-down, -right];
    this.point([inside(row + down, this.drawing.rows), inside(column + right, this.drawing.columns)]);
  }
}
