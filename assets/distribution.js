/** How likely each token of the whole vocabulary is: one cell a token with one bar or two, and the numbers. */

import { element, setAttribute, setText } from "./element.js";
import { percent, points } from "./format.js";

const MANY = 30; // tokens; more have lower bars, so that all are seen at once

export class Distribution {
  /** @param {string} name @param {[string, string]} series what the front bar and the bar behind it stand for */
  constructor(name, series) {
    this.series = series;
    this.cells = [];
    this.list = element("ul", { class: "distribution", "aria-label": name });
    const legend = element("div", { class: "distribution-legend" },
      element("i", { class: "bar-front" }), element("span", { text: series[0] }),
      element("i", { class: "bar-back" }), element("span", { text: series[1] }), element("span", { text: "in percent" }));
    this.element = element("div", { class: "distribution-panel" }, legend, this.list);
  }

  scene({ vocabulary }) {
    if (vocabulary.join(" ") === this.key) return;
    this.key = vocabulary.join(" ");
    this.cells = vocabulary.map((token) => {
      const [front, back] = [element("i", { class: "bar-front" }), element("i", { class: "bar-back" })];
      const [value, other] = [element("span"), element("span", { class: "distribution-other" })];
      const node = element("li", {}, element("div", { class: "distribution-bars", "aria-hidden": "true" }, back, front),
        element("b", { text: token }), value, other);
      return { token, node, front, back, value, other };
    });
    this.list.classList.toggle("many", vocabulary.length > MANY);
    this.list.replaceChildren(...this.cells.map(({ node }) => node));
  }

  /**
   * @param {ArrayLike<number>} front @param {ArrayLike<number>} back shares from 0 to 1, token by token
   * @param {{gone?: (k: number) => boolean, tip: (k: number) => string}} more `gone`: the token is out of the choice
   */
  draw(front, back, { gone = () => false, tip }) {
    if (front.length !== this.cells.length) return;
    this.cells.forEach((cell, k) => {
      cell.front.style.transform = `scaleY(${front[k].toFixed(4)})`;
      cell.back.style.transform = `scaleY(${back[k].toFixed(4)})`;
      cell.node.classList.toggle("gone", gone(k));
      setText(cell.value, gone(k) ? "cut" : points(front[k]));
      setText(cell.other, points(back[k]));
      setAttribute(cell.node, "data-tip", tip(k));
      setAttribute(cell.node, "aria-label", `${cell.token}: ${this.series[0]} ${percent(front[k])}, ${this.series[1]} ${percent(back[k])}`);
    });
  }
}
