/** Lines of several contenders in one chart, each with color, dash and letter at its end. Values are drawn as they come. */

import { drawAxes, nameUpright } from "./chartaxes.js";
import { element, setAttribute } from "./element.js";
import { lineWidth } from "./linewidth.js";
import { Surface } from "./surface.js";
import { logTicks, tickLabel, ticks } from "./ticks.js";

const FONT_PX = 12;
const SMALLEST_LOG = 1e-6;

/**
 * @typedef {Object} Line
 * @property {string} letter @property {string} color @property {number[]} dash
 * @property {ArrayLike<number>} x @property {ArrayLike<number>} y
 * @property {ArrayLike<number>} [low] lower edge of its band @property {ArrayLike<number>} [high] upper edge
 */

export class LineChart {
  constructor() {
    this.surface = new Surface("curve-canvas", { role: "img", "aria-hidden": null });
    this.element = element("div", { class: "line-chart" }, this.surface.canvas);
  }

  layout(width, height, scale, thick) {
    this.surface.resize(width, height);
    Object.assign(this, { scale, thick });
    const font = FONT_PX * scale;
    this.box = { left: 4.2 * font, right: width - 2.2 * font, top: 8, bottom: height - 2.8 * font };
  }

  get span() {
    return [this.box.left, this.box.right];
  }

  /**
   * @param {Line[]} lines
   * @param {Object} axes `x`, `y` names, `xs`, `ys` limits [low, high], `log` for a log scale of y,
   *   `share(x)` place of x along the axis, `diagonal` whether equal shares are marked
   * @param {Object} theme
   */
  draw(lines, axes, theme) {
    if (!this.box) return;
    Object.assign(this, { axes, theme });
    const { context } = this.surface;
    this.surface.clear();
    Object.assign(context, { font: `${FONT_PX * this.scale}px ${theme.font}`, lineJoin: "round" });
    this.#grid(context);
    context.save();
    context.beginPath();
    context.rect(this.box.left, this.box.top - 4, this.box.right - this.box.left + 2, this.box.bottom - this.box.top + 8);
    context.clip();
    if (axes.diagonal) this.#diagonal(context);
    for (const line of lines) this.#band(context, line);
    for (const line of lines) this.#line(context, line);
    context.restore();
    this.#letters(context, lines);
    const ranged = lines.some(({ low }) => low) ? ", with bands" : "";
    setAttribute(this.surface.canvas, "aria-label", `${axes.y} against ${axes.x}: ${lines.map(({ letter }) => letter).join(", ")}${ranged}`);
    if (axes.cursor !== undefined) this.#cursor(context, axes.cursor);
  }

  #x(value) {
    const { xs, share } = this.axes;
    const part = share ? share(value) : (value - xs[0]) / (xs[1] - xs[0]);
    return this.box.left + part * (this.box.right - this.box.left);
  }

  #y(value) {
    const [low, high] = this.axes.ys;
    const part = this.axes.log
      ? Math.log(Math.max(value, SMALLEST_LOG) / low) / Math.log(high / low)
      : (value - low) / (high - low);
    return this.box.bottom - part * (this.box.bottom - this.box.top);
  }

  #grid(context) {
    const { box, axes, theme, scale } = this;
    const font = FONT_PX * scale;
    const about = Math.max(2, Math.floor((box.bottom - box.top) / (30 * scale)));
    Object.assign(context, { lineWidth: 1, strokeStyle: theme.grid, fillStyle: theme.muted, textAlign: "right", textBaseline: "middle" });
    context.beginPath();
    for (const value of axes.log ? logTicks(...axes.ys) : ticksOf(axes.ys, about)) {
      const y = Math.round(this.#y(value)) + 0.5;
      context.moveTo(box.left, y);
      context.lineTo(box.right, y);
      context.fillText(tickLabel(value), box.left - 5, y);
    }
    context.stroke();
    drawAxes(context, box, theme);
    Object.assign(context, { textAlign: "center", textBaseline: "top" });
    const many = Math.max(2, Math.floor((box.right - box.left) / (60 * scale)));
    for (const value of axes.marks ?? ticks(...axes.xs, many)) context.fillText(tickLabel(value), this.#x(value), box.bottom + 4);
    context.fillText(axes.x, (box.left + box.right) / 2, box.bottom + 5 + font);
    nameUpright(context, box, axes.y, font);
  }

  #diagonal(context) {
    context.strokeStyle = this.theme.line;
    context.lineWidth = lineWidth(1, this.thick);
    context.setLineDash([1, 3]);
    context.beginPath();
    context.moveTo(this.#x(0), this.#y(0));
    context.lineTo(this.#x(1), this.#y(1));
    context.stroke();
    context.setLineDash([]);
  }

  #band(context, { x, low, high, color }) {
    if (!low) return;
    context.beginPath();
    for (let k = 0; k < x.length; k++) context.lineTo(this.#x(x[k]), this.#y(high[k]));
    for (let k = x.length - 1; k >= 0; k--) context.lineTo(this.#x(x[k]), this.#y(low[k]));
    context.globalAlpha = 0.18;
    context.fillStyle = color;
    context.fill();
    context.globalAlpha = 1;
  }

  #line(context, { x, y, color, dash }) {
    context.strokeStyle = context.fillStyle = color;
    context.lineWidth = 2 * this.thick;
    context.setLineDash(dash.map((part) => part * this.thick));
    context.beginPath();
    let lastX = -Infinity;
    for (let k = 0; k < x.length; k++) {
      const at = this.#x(x[k]);
      if (at - lastX < 0.4 && k && k < x.length - 1 && this.axes.dense) continue; // many records in one pixel
      lastX = at;
      context.lineTo(at, this.#y(y[k]));
    }
    context.stroke();
    context.setLineDash([]);
    if (this.axes.dots || x.length === 1)
      for (let k = 0; k < x.length; k++) context.fillRect(this.#x(x[k]) - 2.5, this.#y(y[k]) - 2.5, 5, 5);
  }

  /** Letters where the lines end, or at their highest lead where all end in one place; pushed apart where they meet. */
  #letters(context, lines) {
    const room = FONT_PX * this.scale + 1;
    const ends = lines.filter(({ x }) => x.length).map((line) => {
      const at = this.axes.letterAt ? this.axes.letterAt(line) : line.x.length - 1;
      return { ...line, px: Math.min(this.#x(line.x[at]) + 5, this.box.right + 4), py: this.#y(line.y[at]) };
    }).filter(({ py }) => Number.isFinite(py)).sort((a, b) => a.py - b.py);
    ends.forEach((here, k) => {
      for (const before of ends.slice(0, k))
        if (Math.abs(here.px - before.px) < room) here.py = Math.max(here.py, before.py + room);
    });
    const over = ({ px }) => Math.max(...ends.filter((other) => Math.abs(other.px - px) < room).map(({ py }) => py)) - this.box.bottom;
    Object.assign(context, { textAlign: "left", textBaseline: "middle", lineWidth: 3, strokeStyle: this.theme.background });
    context.font = `700 ${FONT_PX * this.scale}px ${this.theme.font}`;
    for (const end of ends) {
      const { letter, color, px, py } = end;
      const y = Math.max(this.box.top + 4, py - Math.max(0, over(end)));
      context.strokeText(letter, px, y);
      context.fillStyle = color;
      context.fillText(letter, px, y);
    }
  }

  #cursor(context, value) {
    const x = Math.round(this.#x(value)) + 0.5;
    context.strokeStyle = this.theme.text;
    context.lineWidth = lineWidth(1, this.thick);
    context.setLineDash([2, 2]);
    context.beginPath();
    context.moveTo(x, this.box.top);
    context.lineTo(x, this.box.bottom);
    context.stroke();
    context.setLineDash([]);
  }
}

/** At least two of them: one alone tells no scale. */
function ticksOf([low, high], about) {
  const found = ticks(low, high, about);
  return found.length > 1 ? found : ticks(low, high, 2 * about);
}
