/** Every layer of a stack as a row of pictures: feature maps with one color scale a layer, units as a strip. */

import { BytePicture, inkTable, sequentialTable, signedTable } from "./bytepicture.js";
import { element, setText } from "./element.js";
import { count } from "./format.js";
import { Surface } from "./surface.js";

const MAP_PX = 52; // the largest side of a feature map
const UNIT_PX = 13;
const GAP_PX = 4;
const FOLDED = new Set(["drop"]); // show the same as the layer before

/** 0.30000001 -> "0.3". */
const tidy = (value) => String(Number(value.toPrecision(2)));

export class FeatureMaps {
  /**
   * @param {(place: {unit: number[], point: number[]}|null) => void} look what the pointer is over
   * @param {(layer: number, unit: number) => void} pick a filter or map of a convolution that was clicked
   */
  constructor(look, pick) {
    Object.assign(this, { look, pick });
    this.picture = new BytePicture();
    this.ink = inkTable();
    this.list = element("ol", { class: "layer-list" });
    this.element = element("section", { class: "feature-maps", "aria-label": "Layers" }, this.list);
    this.element.addEventListener("pointerleave", () => this.look(null));
    this.rows = [];
  }

  scene(scene) {
    this.sceneNow = scene;
    const input = { title: "Input", kind: "input", shape: [1, 28, 28], n_params: 0, text: "" };
    this.rows = [input, ...scene.layers].map((layer, k) => this.#row(layer, k - 1));
    this.filters = this.#filterRow(scene.layers[0]);
    const items = this.rows.map((row) => row.item);
    if (this.filters) items.splice(1, 0, this.filters.item);
    this.list.replaceChildren(...items);
    this.layout(this.width ?? 500, this.scale ?? 1);
  }

  colors(palette, dark) {
    this.amounts = sequentialTable(palette);
    this.signs = signedTable(palette, dark);
  }

  layout(width, scale) {
    Object.assign(this, { width, scale });
    for (const row of [...this.rows, ...(this.filters ? [this.filters] : [])]) this.#arrange(row);
  }

  frame(frame) {
    for (const row of this.rows) {
      if (!row.box.checked) continue;
      const values = row.at < 0 ? frame.drawing : frame[`maps_${row.at}`];
      if (!values) continue;
      const table = row.at < 0 ? this.ink : frame.signed[row.at] ? this.signs : this.amounts;
      this.#fill(row, values, table);
      if (row.at >= 0) setText(row.range, `${frame.signed[row.at] ? "±" : "0 to "}${tidy(frame.scales[row.at])}`);
    }
    if (this.filters?.box.checked) {
      this.#fill(this.filters, frame.filters, this.signs);
      setText(this.filters.range, `±${tidy(frame.filter_scale)}`);
    }
  }

  #row(layer, at) {
    const [n, height, width] = layer.shape.length === 3 ? layer.shape : [layer.shape[0], 1, 1];
    const size = layer.shape.length === 3 ? `${n} × ${height} × ${width}` : `${n} units`;
    const learned = layer.n_params ? `${count(layer.n_params)} parameters` : "";
    return this.#panel(layer.title, size, learned, { at, n: Math.min(n, layer.shape.length === 3 ? 64 : n), cells: [height, width], editable: layer.kind === "conv" ? at : null }, !FOLDED.has(layer.kind));
  }

  #filterRow(layer) {
    if (layer?.kind !== "conv") return null;
    const kernel = Number(/k(\d+)/.exec(layer.text)?.[1] ?? 5);
    return this.#panel("Filters of convolution 1", `${layer.shape[0]} of ${kernel} × ${kernel}`, "", { n: layer.shape[0], cells: [kernel, kernel], small: true, editable: 0 }, true);
  }

  #panel(title, size, learned, row, shown) {
    const change = () => {
      row.surface.canvas.hidden = !row.box.checked;
    };
    row.box = element("input", { type: "checkbox", checked: shown, "aria-label": `Show ${title}`, on: { change } });
    row.range = element("span", { class: "layer-range", "data-tip": "What the ends of the color scale stand for. All pictures of a layer share one scale." });
    row.surface = new Surface("layer-canvas", { role: "img", "aria-label": title, "aria-hidden": null });
    row.surface.canvas.hidden = !shown;
    if (row.at >= 0 && row.cells[0] > 1) row.surface.canvas.addEventListener("pointermove", (event) => this.look(this.#placeAt(row, event)));
    if (Number.isInteger(row.editable)) {
      row.surface.canvas.classList.add("editable");
      row.surface.canvas.dataset.tip = "Click to edit the kernel as numbers.";
      row.surface.canvas.addEventListener("click", (event) => {
        const place = this.#placeAt(row, event);
        if (place) this.pick(row.editable, place.unit[1]);
      });
    }
    const head = element("label", { class: "layer-title" }, row.box, element("b", { text: title }), element("span", { text: size }), element("span", { class: "layer-learned", text: learned }), row.range);
    row.item = element("li", { class: "layer-row" }, head, row.surface.canvas);
    return row;
  }

  /** As many pictures side by side as fit, each a whole number of pixels a cell. */
  #arrange(row) {
    const [height, width] = row.cells;
    const side = Math.max(height, width);
    const most = (row.small ? 30 : MAP_PX) * this.scale;
    const cell = side === 1 ? UNIT_PX * this.scale : Math.max(1, Math.floor(most / side));
    const gap = side === 1 ? 1 : GAP_PX;
    row.place = { width: width * cell, height: height * cell, gap };
    row.columns = Math.max(1, Math.min(row.n, Math.floor((this.width + gap) / (width * cell + gap))));
    const lines = Math.ceil(row.n / row.columns);
    row.surface.resize(row.columns * (width * cell + gap) - gap, lines * (height * cell + gap) - gap);
  }

  /** The layer, map and cell under the pointer; null between the maps. */
  #placeAt(row, event) {
    const box = row.surface.canvas.getBoundingClientRect();
    const { width, height, gap } = row.place;
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const [column, line] = [Math.floor(x / (width + gap)), Math.floor(y / (height + gap))];
    const unit = line * row.columns + column;
    const point = [Math.floor(((y - line * (height + gap)) / height) * row.cells[0]), Math.floor(((x - column * (width + gap)) / width) * row.cells[1])];
    if (unit < 0 || unit >= row.n || point[0] >= row.cells[0] || point[1] >= row.cells[1] || point.some((p) => p < 0)) return null;
    return { unit: [row.at, unit], point };
  }

  #fill(row, values, table) {
    const { width, height, gap } = row.place;
    const cells = row.cells[0] * row.cells[1];
    const n = Math.min(row.n, Math.floor(values.length / cells));
    for (let k = 0; k < n; k++) {
      const place = { x: (k % row.columns) * (width + gap), y: Math.floor(k / row.columns) * (height + gap), width, height };
      this.picture.draw(row.surface.context, values, k * cells, row.cells, table, place);
    }
  }
}
