/** The confusion matrix of ten digits and the worst mistakes as pictures. */

import { BytePicture, inkTable } from "./bytepicture.js";
import { element, setText } from "./element.js";
import { count } from "./format.js";
import { withArticle } from "./guess.js";
import { Pace } from "./pace.js";
import { Surface } from "./surface.js";

const INTERVAL_MS = 200;
const SIDE = 28;
const N = 10;

export class Mistakes {
  constructor() {
    this.pace = new Pace(INTERVAL_MS);
    this.picture = new BytePicture();
    this.table = inkTable();
    this.cells = Array.from({ length: N }, (_, i) => Array.from({ length: N }, (_, j) => element("td", i === j ? { class: "right" } : {})));
    this.note = element("p", { class: "mistakes-note" });
    this.gallery = element("ul", { class: "mistakes-gallery" });
    this.tiles = [];
    this.element = element("section", { class: "mistakes", "aria-label": "Mistakes" }, this.note, this.gallery, this.#matrix());
  }

  frame(frame, now) {
    if (frame.status === "playing" && !this.pace.due(now)) return;
    const most = `${count(frame.n_mistakes)} of ${count(frame.n_test)} test images read wrongly`;
    setText(this.note, frame.mistake_labels.length ? `${most}; the worst:` : `${most}.`);
    this.#pictures(frame);
    frame.confusion.forEach((row, i) => {
      const total = Math.max(1, row.reduce((sum, value) => sum + value, 0));
      row.forEach((value, j) => this.#cell(this.cells[i][j], value, value / total, i === j));
    });
  }

  #cell(cell, value, part, right) {
    setText(cell, value ? count(value) : "");
    if (!right) cell.style.background = value ? `color-mix(in srgb, var(--primary) ${Math.round(12 + 60 * Math.min(1, 4 * part))}%, var(--back))` : "";
  }

  #pictures(frame) {
    const { mistakes, mistake_labels: labels } = frame;
    while (this.tiles.length < labels.length) this.tiles.push(tile());
    labels.forEach(([truth, said, proba], k) => {
      const { surface, caption, node } = this.tiles[k];
      surface.resize(SIDE * 1.5, SIDE * 1.5);
      this.picture.draw(surface.context, mistakes, k * SIDE * SIDE, [SIDE, SIDE], this.table, { x: 0, y: 0, width: surface.width, height: surface.height });
      setText(caption, `${truth} → ${said}`);
      node.dataset.tip = `The truth is ${truth}; the network takes it for ${withArticle(said)} with ${(100 * proba).toFixed(0)}%.`;
    });
    const shown = this.tiles.slice(0, labels.length).map(({ node }) => node);
    if (shown.length !== this.gallery.childElementCount) this.gallery.replaceChildren(...shown);
  }

  #matrix() {
    const digits = Array.from({ length: N }, (_, k) => k);
    const head = element("tr", {}, element("td", { class: "corner", text: "true \\ says" }), ...digits.map((k) => element("th", { scope: "col", text: String(k) })));
    const rows = this.cells.map((cells, k) => element("tr", {}, element("th", { scope: "row", text: String(k) }), ...cells));
    const table = element("table", { class: "digit-confusion", "aria-label": "Confusion matrix of the test images: rows are the true digit, columns what the network says" }, head, ...rows);
    return element("details", { class: "record", open: true }, element("summary", { text: "Confusion matrix" }), table);
  }
}

function tile() {
  const surface = new Surface("mistake");
  const caption = element("span", {});
  return { surface, caption, node: element("li", {}, surface.canvas, caption) };
}
