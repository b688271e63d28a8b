/** What the network says: ten bars, the first and the second guess in words, and the drawing as it sees it. */

import { BytePicture, inkTable } from "./bytepicture.js";
import { element, setText } from "./element.js";
import { Surface } from "./surface.js";

const SIDE = 28;
const DIGITS = 10;

/** 0.874 -> "87.4 %". */
const share = (value) => `${(100 * value).toFixed(1)} %`;

export class Guess {
  /** @param {(digit: number|null) => void} look the digit that the pointer or the focus is on */
  constructor(look) {
    this.picture = new BytePicture();
    this.table = inkTable();
    this.input = new Surface("guess-input", { role: "img", "aria-label": "The drawing as the network sees it", "aria-hidden": null });
    this.first = element("div", { class: "guess-first" });
    this.second = element("div", { class: "guess-second" });
    this.bars = Array.from({ length: DIGITS }, (_, digit) => bar(digit, look));
    this.element = element("section", { class: "guess", "aria-label": "What the network says" },
      element("figure", { class: "guess-figure" }, this.input.canvas, element("figcaption", { text: "As the network sees it: 28 × 28" })),
      element("div", { class: "guess-words" }, this.first, this.second),
      element("ol", { class: "guess-bars" }, ...this.bars.map(({ node }) => node)));
  }

  layout(scale) {
    const size = SIDE * Math.round(4 * scale);
    this.input.resize(size, size);
  }

  frame(frame) {
    const { width, height } = this.input;
    this.picture.draw(this.input.context, frame.drawing, 0, [SIDE, SIDE], this.table, { x: 0, y: 0, width, height });
    this.element.classList.toggle("no-ink", !frame.has_ink);
    setText(this.first, frame.has_ink ? `It is a ${frame.first}: ${share(frame.proba[frame.first])}` : "Nothing is drawn");
    setText(this.second, frame.has_ink ? `Second guess ${frame.second}: ${share(frame.proba[frame.second])}` : "");
    this.bars.forEach(({ node, fill, text }, digit) => {
      fill.style.transform = `scaleX(${frame.proba[digit]})`;
      setText(text, share(frame.proba[digit]));
      node.classList.toggle("first", digit === frame.first);
    });
  }
}

function bar(digit, look) {
  const fill = element("i", {});
  const text = element("span", { class: "guess-share" });
  const on = { pointerenter: () => look(digit), pointerleave: () => look(null), focus: () => look(digit), blur: () => look(null) };
  const node = element("li", { tabindex: "0", "data-tip": "Point here while paused: what in the drawing speaks for this digit?", on }, element("b", { text: String(digit) }), element("span", { class: "guess-bar" }, fill), text);
  return { node, fill, text };
}
