/** A named slider that shows its value; on a log scale equal steps are equal factors. */

import { element, setAttribute, setText } from "./element.js";

const STEPS = 100;

export class Slider {
  /** @param {{name: string, tip: string, low: number, high: number, log?: boolean, text: (value: number) => string, take: (value: number) => void}} options */
  constructor(options) {
    Object.assign(this, options);
    this.output = element("output", { class: "slider-value" });
    this.input = element("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": this.name,
      on: { input: () => this.#taken() } });
    this.element = element("label", { class: "slider", "data-tip": this.tip }, element("span", { text: this.name }), this.input, this.output);
  }

  /** Shows a value, and how far the scale goes now. */
  set(value, high = this.high) {
    this.high = high;
    const share = this.log ? Math.log(value / this.low) / Math.log(high / this.low) : (value - this.low) / (high - this.low);
    const step = String(Math.round(STEPS * Math.min(Math.max(share, 0), 1)));
    if (this.input.value !== step) this.input.value = step;
    this.#say(value);
  }

  #taken() {
    const share = Number(this.input.value) / STEPS;
    const value = this.log ? this.low * (this.high / this.low) ** share : this.low + (this.high - this.low) * share;
    this.#say(value);
    this.take(value);
  }

  #say(value) {
    setText(this.output, this.text(value));
    setAttribute(this.input, "aria-valuetext", this.text(value));
  }
}
