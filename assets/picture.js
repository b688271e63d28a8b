/**
 * A square grid of bytes drawn as a picture of any size. Values are interpolated, not colors: edges stay sharp when the
 * table has two colors, and shades stay those of the table.
 */

const SHIFT = 8; // fractions of a cell in 1/256

export class Picture {
  /**
   * @param {number} cells cells on a side of the grid
   * @param {number} size pixels on a side of the picture
   * @param {number} radius corner radius in pixels
   */
  constructor(cells, size, radius = 0) {
    Object.assign(this, { cells, size });
    this.image = new ImageData(size, size);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.row = new Int32Array(cells);
    this.corners = cornerAlphas(size, radius);
    this.#tabulate();
  }

  /** For each pixel of a side: the cell left of its middle, and how far it is towards the next one. */
  #tabulate() {
    const { cells, size } = this;
    this.cell = new Uint8Array(size);
    this.part = new Int32Array(size);
    for (let k = 0; k < size; k++) {
      const at = Math.min(Math.max(((k + 0.5) * cells) / size - 0.5, 0), cells - 1);
      this.cell[k] = Math.min(Math.floor(at), cells - 2);
      this.part[k] = Math.round((at - this.cell[k]) * (1 << SHIFT));
    }
  }

  /**
   * Fills `image` from `values[offset ...]`, row 0 on top.
   * @param {Uint8Array} values @param {number} offset @param {Uint32Array} levels 256 pixels
   */
  fill(values, offset, levels) {
    const { cells, size, cell, part, row, pixels } = this;
    for (let y = 0, p = 0; y < size; y++) {
      const top = offset + cell[y] * cells;
      const down = part[y];
      for (let k = 0; k < cells; k++) {
        const value = values[top + k];
        row[k] = (value << SHIFT) + (values[top + cells + k] - value) * down;
      }
      for (let x = 0; x < size; x++, p++) {
        const left = row[cell[x]];
        pixels[p] = levels[(left + (((row[cell[x] + 1] - left) * part[x]) >> SHIFT)) >> SHIFT];
      }
    }
    for (const [at, alpha] of this.corners) pixels[at] = ((pixels[at] & 0xffffff) | (alpha << 24)) >>> 0;
    return this.image;
  }
}

/** Pixels outside a rounded corner with the alpha that smooths it: [[index, alpha], ...]. */
function cornerAlphas(size, radius) {
  const found = [];
  for (let y = 0; y < radius; y++) {
    for (let x = 0; x < radius; x++) {
      const inside = radius - Math.hypot(radius - x - 0.5, radius - y - 0.5) + 0.5;
      if (inside >= 1) continue;
      const alpha = Math.round(255 * Math.max(inside, 0));
      const [right, bottom] = [size - 1 - x, size - 1 - y];
      for (const [px, py] of [
        [x, y],
        [right, y],
        [x, bottom],
        [right, bottom],
      ])
        found.push([py * size + px, alpha]);
    }
  }
  return found;
}
