/** A canvas sized in CSS pixels and sharp at the screen's own resolution. */

import { element } from "./element.js";

export class Surface {
  /** @param {string} className */
  constructor(className, attributes = {}) {
    this.canvas = element("canvas", { class: className, "aria-hidden": "true", ...attributes });
    this.context = this.canvas.getContext("2d");
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
  }

  /** Sets the size in CSS pixels; a new size clears the canvas. Returns whether anything changed. */
  resize(width, height) {
    const ratio = Math.max(1, window.devicePixelRatio || 1);
    const [w, h] = [Math.round(width), Math.round(height)];
    if (w === this.width && h === this.height && ratio === this.ratio) return false;
    Object.assign(this, { width: w, height: h, ratio });
    this.canvas.width = Math.max(1, Math.round(w * ratio));
    this.canvas.height = Math.max(1, Math.round(h * ratio));
    this.canvas.style.width = `${w}px`;
    this.canvas.style.height = `${h}px`;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return true;
  }

  clear() {
    this.context.clearRect(0, 0, this.width, this.height);
  }
}
