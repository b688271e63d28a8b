/** What the network says: ten bars, the first and the second guess in words, and the drawing as it sees it. */

import { BytePicture, inkTable } from "./bytepicture.js";
import { element, setAttribute, setText } from "./element.js";
import { Surface } from "./surface.js";

const SIDE = 28;
const DIGITS = 10;
const ARM_PX = 5; // of the cross on the center of mass
const COVERED_PX = [110, 40]; // of the window's upper edge by the bars that stay, and of the lower one that shows too little

/** 0.874 -> "87.4%". */
export const share = (value) => `${(100 * value).toFixed(1)}%`;

/** 8 -> "an 8", any other digit with "a". */
export const withArticle = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;

export class Guess {
  /**
   * @param {(digit: number|null) => void} look the digit that the pointer or the focus is on
   * @param {(digit: number) => void} hold the digit that was clicked
   */
  constructor(look, hold) {
    this.picture = new BytePicture();
    this.table = inkTable();
    this.input = new Surface("guess-input", { role: "img", "aria-label": "The drawing as the network sees it", "aria-hidden": null });
    this.caption = element("figcaption", { "data-tip": "As MNIST was made: cropped, scaled into 20 × 20 (dashed), then moved until the center of mass (cross) is in the middle of 28 × 28. Switch centering off to see why it matters." });
    this.first = element("div", { class: "guess-first" });
    this.second = element("div", { class: "guess-second" });
    this.verdict = element("p", { class: "guess-verdict", "data-tip": "Distance from the drawing to the nearest training image: the angle between their values in the last hidden layer. The limit is what 99 of 100 test digits keep to. Many letters and scribbles keep to it too: “Most similar training images” says how many." });
    this.pill = element("div", { class: "guess-pill", "aria-hidden": "true" }); // the same in short, while it is out of sight
    this.strange = false; // whether it is known to be no digit
    this.words = element("div", { class: "guess-words" }, this.first, this.second);
    this.bars = Array.from({ length: DIGITS }, (_, digit) => bar(digit, look, hold));
    this.element = element("section", { class: "guess", "aria-label": "What the network says" },
      this.words,
      element("figure", { class: "guess-figure" }, this.input.canvas, this.caption),
      element("ol", { class: "guess-bars" }, ...this.bars.map(({ item }) => item)),
      this.verdict);
    const [above, below] = COVERED_PX;
    this.watcher = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting: seen }) => this.pill.classList.toggle(target === this.words ? "away" : "panel-away", !seen)), { rootMargin: `-${above}px 0px -${below}px` });
    this.watcher.observe(this.words);
  }

  /** On a phone the pill is shown until one has come to the panel that begins with the guess: the pad fills the screen. */
  watch(panel) {
    this.watcher.observe(panel);
  }

  /** The headline: that it is no digit comes first. */
  get said() {
    const { frameNow: frame } = this;
    if (!frame.has_ink) return "Nothing is drawn";
    const guess = `${withArticle(frame.first)}: ${share(frame.proba[frame.first])}`;
    return this.strange ? `Not a digit? Most like ${guess}` : `It is ${guess}`;
  }

  #say() {
    const { frameNow: frame } = this;
    const second = frame.has_ink ? `${frame.second}: ${share(frame.proba[frame.second])}` : "";
    setText(this.first, this.said);
    setText(this.second, second && `Second guess ${second}`);
    setText(this.pill, second ? `${this.said.replace("Most like", "Like")} · ${second}` : this.said);
  }

  colors(palette) {
    this.mark = palette.sequential.at(-1); // the brightest: seen on ink and paper
  }

  layout(scale) {
    const size = SIDE * Math.round(4 * scale);
    this.input.resize(size, size);
  }

  /** @param {number|null} held the digit that was clicked */
  frame(frame, held) {
    this.frameNow = frame;
    this.#draw(frame);
    this.element.classList.toggle("no-ink", !frame.has_ink);
    this.#say();
    this.bars.forEach(({ button, fill, text }, digit) => {
      fill.style.transform = `scaleX(${frame.proba[digit]})`;
      setText(text, share(frame.proba[digit]));
      button.classList.toggle("first", digit === frame.first);
      setAttribute(button, "aria-pressed", String(digit === held));
    });
  }

  /** The drawing, the box of its ink and its center of mass. */
  #draw(frame) {
    const { width, height, context } = this.input;
    this.picture.draw(context, frame.drawing, 0, [SIDE, SIDE], this.table, { x: 0, y: 0, width, height });
    setText(this.caption, frame.has_ink ? `28 × 28; ink ${frame.ink_box[3]} × ${frame.ink_box[2]} (dashed), center of mass\u00a0+` : "As the network sees it: 28 × 28");
    if (!frame.has_ink) return;
    const px = width / SIDE;
    const [top, left, rows, columns] = frame.ink_box;
    const [down, right] = frame.ink_center;
    context.save();
    Object.assign(context, { strokeStyle: this.mark, lineWidth: 1 });
    context.setLineDash([3, 3]);
    context.strokeRect(Math.round(left * px) + 0.5, Math.round(top * px) + 0.5, columns * px - 1, rows * px - 1);
    context.setLineDash([]);
    for (const [color, lineWidth] of [["black", 4], [this.mark, 2]]) {
      Object.assign(context, { strokeStyle: color, lineWidth });
      context.beginPath();
      context.moveTo(right * px - ARM_PX, down * px);
      context.lineTo(right * px + ARM_PX, down * px);
      context.moveTo(right * px, down * px - ARM_PX);
      context.lineTo(right * px, down * px + ARM_PX);
      context.stroke();
    }
    context.restore();
  }

  /** Whether the drawing is like any training image; empty words while nobody knows. */
  judge({ words, far, strange }) {
    setText(this.verdict, words);
    this.verdict.classList.toggle("far", far);
    this.strange = strange;
    this.#say();
  }
}

function bar(digit, look, hold) {
  const fill = element("i", {});
  const text = element("span", { class: "guess-share" });
  const on = { pointerenter: () => look(digit), pointerleave: () => look(null), focus: () => look(digit), blur: () => look(null), click: () => hold(digit) };
  const button = element("button", { type: "button", class: "guess-button", "aria-pressed": "false", "data-tip": "Point here while paused: what in the drawing speaks for this digit, and what would have to change? A click holds it.", on },
    element("b", { text: String(digit) }), element("span", { class: "guess-bar" }, fill), text);
  return { item: element("li", {}, button), button, fill, text };
}
