/** Lines over areas of a map: with four class colors for up to twenty classes, the areas of each further four have their own lines. */

import { Surface } from "./surface.js";

const N_COLORS = 4; // as in playground/figures/palette.py
const LINES_ACROSS = 38;
const LINE_SHARE = 0.3; // of the way from one line to the next
const SWATCH_PX = 16;
/** How far a place is from the last line, 0 to 1, in a tile of side 1. */
const FROM_LINE = [() => 1, (x, y) => (x + y) % 1, (x, y) => (x - y + 1) % 1, (_, y) => y, (x) => x];

export class Texture {
  /** @param {number} size of the picture in pixels */
  constructor(size) {
    const period = (this.period = Math.max(4, Math.round(size / LINES_ACROSS)));
    this.masks = FROM_LINE.map((distance) =>
      Uint8Array.from({ length: period * period }, (_, k) => distance((k % period) / period, Math.floor(k / period) / period) < LINE_SHARE),
    );
  }

  /** Whether a pixel of class k lies on a line: it shows the class's color fainter. */
  lines(k, x, y) {
    const { period } = this;
    return this.masks[Math.floor(k / N_COLORS)][(y % period) * period + (x % period)] === 1;
  }
}

/** How the area of class k looks on the map: a small picture, or nothing where no two classes share a color. */
export function areaSwatch(k, nClasses, strengths) {
  if (nClasses <= N_COLORS) return [];
  const swatch = new Surface("class-area");
  swatch.resize(SWATCH_PX, SWATCH_PX);
  const side = swatch.canvas.width;
  const texture = new Texture((side * LINES_ACROSS) / 3);
  const image = new ImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer);
  for (let p = 0; p < pixels.length; p++) pixels[p] = strengths[k][faded(255, texture.lines(k, p % side, Math.floor(p / side)))];
  swatch.context.putImageData(image, 0, 0);
  return [swatch.canvas];
}

/** The strength of a color (0 to 255), on a line or beside it. */
export function faded(strength, onLine) {
  return onLine ? strength >> 2 : strength;
}
