/** Every layer of a stack as a row of pictures: feature maps, units as a strip. A place is read by pointer or arrows. */

import { BytePicture, inkTable, sequentialTable, signedTable } from "./bytepicture.js";
import { element, listen, setAttribute, setText } from "./element.js";
import { count } from "./format.js";
import { Surface } from "./surface.js";

const MAP_PX = 52; // the largest side of a feature map
const UNIT_PX = 13;
const MOST_MAPS = 64; // of a layer that a frame holds
const GAP_PX = 4;
const MANY_LAYERS = 12; // of more, only the last residual block of a row is shown at first
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const PAGES = { PageUp: -1, PageDown: 1 };

/** 0.30000001 -> "0.3". */
const tidy = (value) => String(Number(value.toPrecision(2)));

export class FeatureMaps {
  /**
   * @param {(place: {unit: number[], point: number[]}|null) => void} look what the pointer or the arrows are on
   * @param {(scale: "layer"|"map") => void} rescale
   * @param {(layer: number, unit: number) => void} pick a filter or map of a convolution that was clicked
   */
  constructor(look, rescale, pick) {
    Object.assign(this, { look, pick });
    this.picture = new BytePicture();
    this.ink = inkTable();
    this.list = element("ol", { class: "layer-list" });
    this.scales = ["layer", "map"].map((scale) => element("button", { type: "button", class: "quiet-button", "aria-pressed": "false", text: `per ${scale}`, "data-scale": scale, on: { click: () => rescale(scale) } }));
    const tip = "One color scale for all maps of a layer: weak maps look weak. One for each map: weak maps show their pattern too.";
    const all = (shown) => element("button", { type: "button", class: "quiet-button", text: shown ? "Show all" : "Hide all", on: { click: () => this.#showAll(shown) } });
    const head = element("div", { class: "maps-head" }, element("span", { class: "digits-note", text: "Color scale", "data-tip": tip }), ...this.scales, element("span", { class: "maps-all" }, all(true), all(false)));
    this.hint = element("p", { class: "digits-note", text: "Point at any number to see how it was computed. By keyboard: Tab to a layer, arrows, Page up and Page down for the next map." });
    this.element = element("section", { class: "feature-maps", "aria-label": "Layers" }, head, this.hint, this.list);
    this.element.addEventListener("pointerleave", ({ pointerType }) => pointerType !== "touch" && this.#leave()); // what a finger tapped stays
    this.rows = [];
    this.pixel = null; // of the input, under the pointer or the arrows: [row, column]
    this.shown = new Map(); // by title: what was switched on and off outlives a new run
  }

  scene(scene) {
    this.sceneNow = scene;
    const input = { title: "Input", kind: "input", shape: [1, 28, 28], n_params: 0, text: "" };
    this.rows = [input, ...scene.layers].map((layer, k) => this.#row(layer, k - 1));
    this.filters = this.#filterRow(scene.layers[0]);
    this.frameNow = null;
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
    for (const row of this.#all()) this.#arrange(row);
  }

  frame(frame) {
    this.frameNow = frame;
    for (const button of this.scales) setAttribute(button, "aria-pressed", String(button.dataset.scale === frame.map_scale));
    for (const row of this.rows) {
      if (row.at < 0) this.#tellInk(row, frame);
      if (!row.box.checked) continue;
      const values = row.at < 0 ? frame.drawing : frame[`maps_${row.at}`];
      if (!values) continue;
      const table = row.at < 0 ? this.ink : frame.signed[row.at] ? this.signs : this.amounts;
      this.#fill(row, values, table);
      if (row.at >= 0) setText(row.range, range(frame, row.at));
    }
    this.#mark(frame.sum);
    if (this.pixel) this.#outline(this.rows[0], 0, [...this.pixel, 1, 1]);
    if (this.filters?.box.checked) {
      this.#fill(this.filters, frame.filters, this.signs);
      setText(this.filters.range, `±${tidy(frame.filter_scale)}`);
    }
  }

  #row(layer, at) {
    const [n, height, width] = layer.shape.length === 3 ? layer.shape : [layer.shape[0], 1, 1];
    const part = n > MOST_MAPS && layer.shape.length === 3 ? `, the first ${MOST_MAPS} shown` : "";
    const size = layer.shape.length === 3 ? `${n} × ${height} × ${width}${part}` : `${n} units`;
    const learned = layer.n_params ? `${count(layer.n_params)} parameters` : "";
    return this.#panel(layer.title, size, learned, { at, n: layer.shape.length === 3 ? Math.min(n, MOST_MAPS) : n, cells: [height, width], editable: this.sceneNow.kernels.some((one) => one.layer === at) ? at : null }, !this.#folded(layer, at));
  }

  /** Layers that are not shown at first: dropout shows the same as the layer before, and many blocks much the same. */
  #folded({ kind }, at) {
    const { layers } = this.sceneNow;
    return kind === "drop" || (kind === "res" && layers.length > MANY_LAYERS && layers[at + 1].kind === "res");
  }

  #showAll(shown) {
    for (const { box } of this.#all()) {
      box.checked = shown;
      box.dispatchEvent(new Event("change"));
    }
  }

  #all() {
    return [...this.rows, ...(this.filters ? [this.filters] : [])];
  }

  #filterRow(layer) {
    if (layer?.kind !== "conv") return null;
    const kernel = Number(/k(\d+)/.exec(layer.text)?.[1] ?? 5);
    return this.#panel("Filters of convolution 1", `${layer.shape[0]} of ${kernel} × ${kernel}`, "", { n: layer.shape[0], cells: [kernel, kernel], small: true, editable: 0 }, true);
  }

  #panel(title, size, learned, row, first) {
    const shown = this.shown.get(title) ?? first;
    const change = () => {
      this.shown.set(title, row.box.checked);
      row.surface.canvas.hidden = !row.box.checked;
      if (row.box.checked && this.frameNow) this.frame(this.frameNow);
    };
    row.box = element("input", { type: "checkbox", checked: shown, "aria-label": `Show ${title}`, on: { change } });
    const input = row.at < 0;
    row.range = element("span", { class: "layer-range", role: input ? "status" : null, "data-tip": input ? "0 is paper, 1 is full ink." : "What the ends of the color scale stand for." });
    row.surface = new Surface("layer-canvas", { role: "img", "aria-label": title, "aria-hidden": null });
    row.surface.canvas.hidden = !shown;
    if (row.at !== undefined) this.#listen(row, title);
    if (Number.isInteger(row.editable)) {
      row.surface.canvas.classList.add("editable");
      row.surface.canvas.dataset.tip = "Click to edit the kernel as numbers.";
      row.surface.canvas.addEventListener("click", (event) => this.#open(row, this.#placeAt(row, event)));
    }
    const head = element("label", { class: "layer-title" }, row.box, element("b", { text: title }), element("span", { text: size }), element("span", { class: "layer-learned", text: learned }), row.range);
    row.item = element("li", { class: "layer-row" }, head, row.surface.canvas);
    return row;
  }

  /** A row's numbers can be pointed at, and walked through by arrows. */
  #listen(row, title) {
    const { canvas } = row.surface;
    setAttribute(canvas, "tabindex", "0");
    setAttribute(canvas, "aria-label", `${title}: arrow keys read single numbers, Page down the next map`);
    listen(canvas, {
      pointermove: (event) => event.pointerType !== "touch" && this.#point(row, this.#placeAt(row, event)), // it may be scrolling
      pointerdown: (event) => (this.touched = event.pointerType === "touch"),
      click: (event) => this.#point(row, this.#placeAt(row, event)),
      focus: () => canvas.matches(":focus-visible") && this.#point(row, row.last ?? middle(row)),
      blur: () => this.#leave(),
      keydown: (event) => this.#walk(row, event),
    });
  }

  /** The kernel behind a map that was clicked. With a finger the first tap reads a number and the second one opens. */
  #open(row, place) {
    if (!place) return;
    const map = this.touched && row.at >= 0 ? place.unit.join() : null;
    if (map === this.tapped || map === null) this.pick(row.editable, place.unit[1]);
    this.tapped = map;
  }

  #point(row, place) {
    row.last = place ?? row.last;
    this.#choosePixel(row.at < 0 ? (place?.point ?? null) : null);
    this.look(place && row.at >= 0 ? place : null);
  }

  #leave() {
    this.#choosePixel(null);
    this.look(null);
  }

  /** The ink of a pixel of the input is known here: no frame need tell it. */
  #choosePixel(pixel) {
    if (String(pixel) === String(this.pixel)) return;
    this.pixel = pixel;
    if (this.frameNow) this.frame(this.frameNow);
  }

  #tellInk(row, frame) {
    if (!this.pixel) return setText(row.range, "");
    const [down, right] = this.pixel;
    setText(row.range, `row ${down + 1}, column ${right + 1}: ink ${(frame.drawing[down * row.cells[1] + right] / 255).toFixed(2)}`);
  }

  #walk(row, event) {
    const [move, page] = [MOVES[event.key], PAGES[event.key]];
    if (!move && !page) return;
    event.preventDefault();
    event.stopPropagation();
    const { unit, point } = row.last ?? middle(row);
    const [height, width] = row.cells;
    const flat = height * width === 1; // a strip: arrows walk from unit to unit
    const steps = page ?? (flat ? move[1] + move[0] * row.columns : 0);
    const next = Math.min(Math.max(unit[1] + steps, 0), row.n - 1);
    const within = (at, by, size) => Math.min(Math.max(at + by, 0), size - 1);
    const [down, right] = flat || page ? [0, 0] : move;
    this.#point(row, { unit: [row.at, next], point: [within(point[0], down, height), within(point[1], right, width)] });
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

  /** Outlines the number under the pointer, and in the layer before what it was computed from. */
  #mark(sum) {
    if (!sum) return;
    const row = this.rows[sum.layer + 1];
    const before = this.rows[sum.layer];
    this.#outline(row, sum.channel, [sum.row, sum.column, 1, 1]);
    for (const [map, top, left, size] of sum.seen) {
      for (let k = map ?? 0; k < (map === null ? before.n : map + 1); k++) this.#outline(before, k, [top, left, size, size]);
    }
  }

  #outline(row, map, [top, left, rows, columns]) {
    if (!row.box.checked || map >= row.n) return;
    const { width, height, gap } = row.place;
    const [down, across] = [height / row.cells[0], width / row.cells[1]];
    const [x, y] = [(map % row.columns) * (width + gap), Math.floor(map / row.columns) * (height + gap)];
    const [x0, x1] = [Math.max(left, 0), Math.min(left + columns, row.cells[1])].map((cell) => x + cell * across);
    const [y0, y1] = [Math.max(top, 0), Math.min(top + rows, row.cells[0])].map((cell) => y + cell * down);
    const { context } = row.surface;
    for (const [strokeStyle, lineWidth] of [["black", 3], ["white", 1.5]]) {
      Object.assign(context, { strokeStyle, lineWidth });
      context.strokeRect(x0, y0, x1 - x0, y1 - y0);
    }
  }

  #fill(row, values, table) {
    row.surface.clear();
    const { width, height, gap } = row.place;
    const cells = row.cells[0] * row.cells[1];
    const n = Math.min(row.n, Math.floor(values.length / cells));
    for (let k = 0; k < n; k++) {
      const place = { x: (k % row.columns) * (width + gap), y: Math.floor(k / row.columns) * (height + gap), width, height };
      this.picture.draw(row.surface.context, values, k * cells, row.cells, table, place);
    }
  }
}

/** The middle of a row's first map. */
const middle = (row) => ({ unit: [row.at, 0], point: row.cells.map((cells) => Math.floor(cells / 2)) });

/** What the ends of a layer's color scale stand for. */
function range(frame, at) {
  const sign = frame.signed[at] ? "±" : "0 to ";
  const own = frame.map_scales[at];
  return own ? `${sign}${tidy(Math.min(...own))} … ${tidy(Math.max(...own))}` : `${sign}${tidy(frame.scales[at])}`;
}
