/** Grids of bytes drawn with hard pixels: feature maps, filters, digits. */

import { along, parseColor, signedStops } from "./colors.js";

const LEVELS = 256;

/** [r, g, b] for each byte along these stops. */
function table(stops) {
  return Array.from({ length: LEVELS }, (_, level) => along(stops, level / (LEVELS - 1)));
}

/** Amounts from none to most. */
export function sequentialTable(palette) {
  return table(palette.sequential.map(parseColor));
}

/** Signed values, zero in the middle. */
export function signedTable(palette, dark) {
  return table(signedStops(palette, dark));
}

/** Ink as in MNIST: white strokes on black. */
export function inkTable() {
  return Array.from({ length: LEVELS }, (_, level) => [level, level, level]);
}

/** Draws grids into places of a canvas; one scratch canvas serves all. */
export class BytePicture {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
  }

  /**
   * @param {CanvasRenderingContext2D} target
   * @param {Uint8Array} values row by row @param {number} offset of the first one
   * @param {[number, number]} shape rows and columns
   * @param {number[][]} table color of each byte
   * @param {{x: number, y: number, width: number, height: number}} place
   */
  draw(target, values, offset, [rows, columns], table, { x, y, width, height }) {
    if (this.canvas.width !== columns || this.canvas.height !== rows) {
      Object.assign(this.canvas, { width: columns, height: rows });
    }
    const image = this.context.createImageData(columns, rows);
    for (let k = 0, p = 0; k < rows * columns; k++, p += 4) {
      const [r, g, b] = table[values[offset + k]];
      image.data[p] = r;
      image.data[p + 1] = g;
      image.data[p + 2] = b;
      image.data[p + 3] = 255;
    }
    this.context.putImageData(image, 0, 0);
    target.imageSmoothingEnabled = false;
    target.drawImage(this.canvas, x, y, width, height);
  }
}
