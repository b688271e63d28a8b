/** What stands below the maps: parts of which at most one is open. */

import { element, setAttribute } from "./element.js";

const FILL_MS = 1000;

export class Bench {
  /**
   * @param {{name: string, tip: string, part: {element: HTMLElement, open: (on: boolean) => void}}[]} parts
   * @param {() => void} repaint asks for a frame: an opened part is drawn at once
   * @param {HTMLElement|string} beside what stands beside the tabs
   */
  constructor(parts, repaint, beside = "") {
    this.repaint = repaint;
    this.parts = parts.map((entry, k) => ({ ...entry, tab: this.#tab(entry, k), opened: false }));
    for (const { part } of this.parts) part.element.hidden = true;
    this.head = element("div", { class: "bench-head" },
      element("div", { class: "bench-tabs", role: "group", "aria-label": "Look inside" }, ...this.parts.map(({ tab }) => tab)), beside);
    this.element = element("section", { class: "bench", "aria-label": "Look inside" }, this.head,
      ...this.parts.map(({ part }) => part.element));
    new ResizeObserver(() => this.#reveal()).observe(this.element);
  }

  /** What was opened comes into sight, also when the frame that fills it comes a moment later. */
  #reveal() {
    if (performance.now() - this.openedAt < FILL_MS) this.element.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  #tab({ name, tip }, k) {
    return element("button", { type: "button", class: "bench-tab", text: name, "data-tip": tip, "aria-expanded": "false",
      on: { click: () => this.#press(k) } });
  }

  /** Opens a part and closes the others; an open one is closed. */
  #press(k) {
    this.parts.forEach((entry, other) => {
      const opened = other === k && !entry.opened;
      if (opened === entry.opened) return;
      entry.opened = opened;
      setAttribute(entry.tab, "aria-expanded", String(opened));
      entry.part.element.hidden = !opened;
      entry.part.open(opened);
    });
    this.repaint();
    if (!this.parts[k].opened) return;
    this.openedAt = performance.now();
    this.#reveal();
  }
}
