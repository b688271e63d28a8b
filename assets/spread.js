/** One class, many seeds: the test loss of every run of an experiment over its epochs, on one chart. */

import { element, setText } from "./element.js";
import { loss } from "./format.js";
import { Surface } from "./surface.js";
import { epochLabel, logTicks, tickLabel, ticks } from "./ticks.js";

const [HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [260, 56, 30, 24, 72];
const [LEAST_WIDTH, MOST_WIDTH, PADDING_PX] = [320, 1100, 24];
const FONT_PX = 13;
const TEXT_PX = 14; // around it, where one unit of all these is one pixel; a projector enlarges all
const SMALLEST = 1e-4; // of a loss on a log scale
const NAME_GAP_PX = 14;

export class Spread {
  constructor() {
    this.surface = new Surface("spread-canvas");
    this.title = element("h3");
    this.text = element("p");
    this.element = element("section", { class: "spread", "aria-label": "How the runs came out", hidden: true }, this.title, this.text, this.surface.canvas);
  }

  draw({ spread, seats, curves }, theme, textPx) {
    this.element.hidden = !spread;
    if (!spread) return;
    setText(this.title, `${spread.title}: the same choices, the number of the seat as seed`);
    setText(this.text, said(spread));
    const n = curves.shape[2];
    const lines = spread.seats.map((at) => ({ number: seats[at].number, epochs: curves.subarray(2 * at * n, (2 * at + 1) * n), losses: curves.subarray((2 * at + 1) * n, (2 * at + 2) * n) }));
    this.surface.canvas.hidden = !lines.some(({ epochs }) => epochs.at(-1) > 0);
    this.#chart(lines, spread, theme, textPx / TEXT_PX);
  }

  #chart(lines, { median, page }, theme, zoom) {
    this.width = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, (this.element.clientWidth - PADDING_PX) / zoom));
    this.surface.resize(this.width * zoom, HEIGHT * zoom);
    this.surface.clear();
    const values = lines.flatMap(({ losses }) => [...losses]).filter((value) => value > SMALLEST);
    if (!values.length) return;
    const { context } = this.surface;
    context.save();
    context.scale(zoom, zoom);
    const [low, high] = [Math.min(...values), Math.max(...values, Math.min(...values) * 1.01)];
    const last = Math.max(1, ...lines.map(({ epochs }) => epochs[epochs.length - 1]));
    const scale = { x: (epoch) => LEFT + (epoch / last) * (this.width - LEFT - RIGHT), y: (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.log(Math.max(value, low) / low) / Math.log(high / low)) };
    this.#axes(scale, low, high, last, page === "trees" ? "trees" : "epoch", theme);
    context.globalAlpha = 0.75;
    context.strokeStyle = theme.text;
    context.lineWidth = 1.5;
    for (const line of lines) this.#line(line, scale);
    context.globalAlpha = 1;
    this.#names(lines, scale, theme);
    this.#median(median, scale, theme);
    context.restore();
  }

  #axes(scale, low, high, last, unit, theme) {
    const { context } = this.surface;
    Object.assign(context, { font: `${FONT_PX}px ${theme.font}`, lineWidth: 1, strokeStyle: theme.grid, fillStyle: theme.muted, textBaseline: "middle", textAlign: "right" });
    for (const value of logTicks(low, high)) {
      this.#rule(LEFT, scale.y(value), this.width - RIGHT, scale.y(value));
      context.fillText(tickLabel(value), LEFT - 6, scale.y(value));
    }
    Object.assign(context, { textBaseline: "top", textAlign: "center" });
    for (const epoch of ticks(0, last, 6)) context.fillText(epochLabel(epoch), scale.x(epoch), HEIGHT - BOTTOM + 6);
    context.textAlign = "left";
    context.fillText(unit, this.width - RIGHT + 22, HEIGHT - BOTTOM + 6);
    context.fillText("test loss, log scale", LEFT, 2);
  }

  #rule(x1, y1, x2, y2) {
    const { context } = this.surface;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  }

  #line({ epochs, losses }, scale) {
    const { context } = this.surface;
    context.beginPath();
    losses.forEach((value, k) => context.lineTo(scale.x(epochs[k]), scale.y(value)));
    context.stroke();
  }

  /** The seat at the end of its line, where there is room; the best and the worst always have it. */
  #names(lines, scale, theme) {
    const { context } = this.surface;
    const ends = lines.map(({ number, epochs, losses }) => ({ number, x: scale.x(epochs.at(-1)), y: scale.y(losses.at(-1)) })).sort((a, b) => a.y - b.y);
    const shown = [];
    for (const end of [ends[0], ends.at(-1), ...ends]) {
      if (shown.some((other) => Math.abs(other.y - end.y) < NAME_GAP_PX && Math.abs(other.x - end.x) < 40)) continue;
      shown.push(end);
      Object.assign(context, { fillStyle: theme.text, textBaseline: "middle", textAlign: "left" });
      context.fillText(`seat ${end.number}`, end.x + 5, end.y);
    }
  }

  #median(median, scale, theme) {
    if (median === null) return;
    const { context } = this.surface;
    Object.assign(context, { strokeStyle: theme.primary, lineWidth: 2 });
    context.setLineDash([6, 4]);
    this.#rule(LEFT, scale.y(median), this.width - RIGHT, scale.y(median));
    context.setLineDash([]);
    Object.assign(context, { fillStyle: theme.primary, textBaseline: "bottom", textAlign: "left" });
    context.fillText("median now", LEFT + 6, scale.y(median) - 2);
  }
}

function said({ seats, finished, passed, least, median, most }) {
  if (!seats.length) return "Nobody has opened it yet.";
  const runs = `${seats.length} ${seats.length === 1 ? "run" : "runs"}, ${finished} finished, ${passed} passed the check.`;
  return `${runs} Test loss now: median ${loss(median)}, from ${loss(least)} to ${loss(most)}.`;
}
