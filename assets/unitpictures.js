/** The pictures inside the units, and the values of a traced sample written over them. */

import { short } from "./format.js";
import { Picture } from "./picture.js";
import { drawPoint } from "./points.js";
import { Surface } from "./surface.js";

const CELLS = 20;
const CORNER_PX = 4;
const VALUE_FONT_PX = 12;

export class UnitPictures {
  constructor() {
    this.surface = new Surface("layer-pictures");
  }

  /** @param {import("./netlayout.js").NetLayout} layout */
  place(layout, scale) {
    const { surface } = this;
    surface.resize(layout.width, layout.height);
    surface.clear();
    const side = Math.round(layout.unit * surface.ratio);
    if (this.picture?.size !== side) this.picture = new Picture(CELLS, side, Math.round(CORNER_PX * surface.ratio));
    this.scale = scale;
    this.spots = layout.columns.map(({ x, tops }) => tops.map((top) => [x, top]));
    this.units = this.spots.slice(1).flat();
  }

  /** Features never change: drawn once a scene. */
  features(pictures, levels) {
    this.#all(this.spots[0], pictures, levels);
  }

  /** @param {Uint8Array} pictures hidden units, then outputs */
  frame(pictures, levels) {
    this.#all(this.units, pictures, levels);
    this.#symbols();
  }

  /** With several classes each output carries its class's symbol. */
  #symbols() {
    const outputs = this.spots.at(-1);
    if (outputs.length < 3) return;
    const side = this.picture.size / this.surface.ratio;
    outputs.forEach(([x, y], k) => drawPoint(this.surface.context, this.classes[k], x + side - 9, y + 9, 1.3));
  }

  /** Writes a value into each unit, over its picture. */
  values(values, theme) {
    const context = this.surface.context;
    const side = this.picture.size / this.surface.ratio;
    const size = VALUE_FONT_PX * this.scale;
    context.font = `600 ${size}px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    this.units.forEach(([x, y], k) => {
      const text = short(values[k]);
      const half = Math.min(context.measureText(text).width / 2 + 3, side / 2 + 3);
      const [cx, cy] = [x + side / 2, y + side / 2];
      context.fillStyle = theme.background;
      context.fillRect(cx - half, cy - size / 2 - 2, 2 * half, size + 3);
      context.fillStyle = theme.text;
      context.fillText(text, cx, cy + 0.5);
    });
  }

  #all(spots, pictures, levels) {
    const { picture, surface } = this;
    const { context, ratio } = surface;
    for (let k = 0; k < spots.length; k++) {
      picture.fill(pictures, k * CELLS * CELLS, levels);
      context.putImageData(picture.image, Math.round(spots[k][0] * ratio), Math.round(spots[k][1] * ratio));
    }
  }
}
