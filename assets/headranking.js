/** Heads in the order of one number; a press shows that head. */

import { element, setAttribute, setText } from "./element.js";

export class HeadRanking {
  /** @param {string} tip @param {(head: [number, number]) => void} look */
  constructor(tip, look) {
    this.look = look;
    this.title = element("span", { class: "ranking-title", "data-tip": tip });
    this.list = element("ol", { class: "ranking-list" });
    this.element = element("section", { class: "ranking" }, this.title, this.list);
  }

  /** @param {[number, number, number][]} ranking layer, head, value @param {string} title @param {number[]} looked */
  frame(ranking, title, looked) {
    setText(this.title, title);
    setAttribute(this.element, "aria-label", title);
    while (this.list.children.length > ranking.length) this.list.lastChild.remove();
    ranking.forEach(([layer, head, value], k) => {
      const item = this.list.children[k] ?? this.#item();
      item.head = [layer, head];
      setText(item.firstChild, `L${layer + 1} H${head + 1} `);
      item.firstChild.append(element("b", { text: value.toFixed(2) }));
      setAttribute(item.firstChild, "aria-label", `Layer ${layer + 1}, head ${head + 1}: ${value.toFixed(2)}`);
      setAttribute(item.firstChild, "aria-pressed", String(layer === looked[0] && head === looked[1]));
    });
  }

  #item() {
    const item = element("li");
    item.append(element("button", { type: "button", class: "quiet-button ranked", on: { click: () => this.look(item.head) } }));
    this.list.append(item);
    return item;
  }
}
