/** Ticks and names along the left and lower side of the output map, in the data's original units. */

import { Surface } from "./surface.js";
import { tickLabel, ticks } from "./ticks.js";

const FONT_PX = 12;
const TICK_PX = 4;

export class MapAxes {
  constructor() {
    this.surface = new Surface("map-axes");
  }

  /** Room that the axes need left of and below the map. */
  static room(scale) {
    return { left: Math.round(38 * scale), bottom: Math.round(34 * scale) };
  }

  /**
   * @param {number} side of the map in px
   * @param {{name: string, center: number, scale: number}[]} axes
   */
  draw(side, axes, range, theme, scale) {
    const { left, bottom } = MapAxes.room(scale);
    const { surface } = this;
    const { context } = surface;
    surface.resize(left + side, side + bottom);
    surface.clear();
    Object.assign(context, {
      font: `${FONT_PX * scale}px ${theme.font}`,
      fillStyle: theme.text,
      strokeStyle: theme.line,
      lineWidth: 1,
    });
    this.#horizontal(axes[0], side, range, left, scale);
    this.#vertical(axes[1], side, range, left, scale);
  }

  #positions({ center, scale }, side, range) {
    const low = center - range * scale;
    const high = center + range * scale;
    return ticks(low, high, 6).map((value) => [((value - low) / (high - low)) * side, tickLabel(value)]);
  }

  #horizontal(axis, side, range, left, scale) {
    const { context } = this.surface;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.beginPath();
    for (const [at, text] of this.#positions(axis, side, range)) {
      const x = left + at;
      context.moveTo(Math.round(x) - 0.5, side);
      context.lineTo(Math.round(x) - 0.5, side + TICK_PX);
      const half = context.measureText(text).width / 2;
      context.fillText(text, Math.min(x, left + side - half), side + TICK_PX + 1);
    }
    context.stroke();
    context.fillText(axis.name, left + side / 2, side + TICK_PX + 2 + FONT_PX * scale);
  }

  #vertical(axis, side, range, left, scale) {
    const { context } = this.surface;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.beginPath();
    const marks = this.#positions(axis, side, range);
    const widest = Math.max(...marks.map(([, text]) => context.measureText(text).width));
    const tight = widest > left - TICK_PX - 2 - 1.1 * FONT_PX * scale; // then numbers make way for the name
    const half = tight ? context.measureText(axis.name).width / 2 + 0.5 * FONT_PX * scale : 0;
    for (const [at, text] of marks) {
      const y = side - at;
      context.moveTo(left - TICK_PX, Math.round(y) - 0.5);
      context.lineTo(left, Math.round(y) - 0.5);
      if (Math.abs(y - side / 2) >= half) context.fillText(text, left - TICK_PX - 2, Math.min(Math.max(y, 7 * scale), side - 5 * scale));
    }
    context.stroke();
    context.save();
    context.translate(FONT_PX * scale * 0.55, side / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(axis.name, 0, 0);
    context.restore();
  }
}
