/**
 * Keeps a diverging run from flashing: when the sign or the class flips over more than a quarter of a picture, pictures
 * change at most three times a second (WCAG 2.3.1).
 */

const SHARE = 0.25;
const INTERVAL_MS = 340;
const STRIDE = 37; // a sample of the picture is enough; prime to the row length
const MIDDLE = 128;

export class FlashGuard {
  constructor() {
    this.shown = null;
    this.lastFlip = -Infinity;
  }

  /** May these values, or classes of a color each, replace the ones shown? Remembers them if so. */
  allows(values, now, { classes = false } = {}) {
    const flips = this.#flips(values, classes);
    if (flips && now - this.lastFlip < INTERVAL_MS) return false;
    if (flips) this.lastFlip = now;
    this.#remember(values);
    return true;
  }

  forget() {
    this.shown = null;
  }

  #flips(values, classes) {
    if (!this.shown || this.shown.length !== Math.ceil(values.length / STRIDE)) return false;
    let flipped = 0;
    for (let k = 0, at = 0; at < values.length; k++, at += STRIDE)
      flipped += classes ? values[at] !== this.shown[k] : values[at] < MIDDLE !== this.shown[k] < MIDDLE;
    return flipped > SHARE * this.shown.length;
  }

  #remember(values) {
    const n = Math.ceil(values.length / STRIDE);
    if (this.shown?.length !== n) this.shown = new Uint8Array(n);
    for (let k = 0, at = 0; at < values.length; k++, at += STRIDE) this.shown[k] = values[at];
  }
}
