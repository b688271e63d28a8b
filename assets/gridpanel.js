/** Small multiples: one contender's map for every pair of two settings, drawn as they come. A click takes the settings. */

import { LETTERS } from "./contendermap.js";
import { element, setText } from "./element.js";
import { loss, percent } from "./format.js";

const CELLS = 50;
const LABEL_PX = 80;
const LEAST_PX = 84;
const MOST_PX = 150;
const IDLE = "Draws a small map for every pair of two settings, with its test loss.";

export class GridPanel {
  /** @param {Object} actions `send(message)` starts or ends the study, `choose(choice)` takes a cell's settings */
  constructor(actions) {
    this.actions = actions;
    this.which = element("select", { class: "point-class", "aria-label": "Contender of the grid", "data-tip": "Whose settings are varied.", on: { change: () => this.#start() } });
    this.start = element("button", { type: "button", class: "quiet-button", "data-tip": "Fits this contender once for every pair of two settings. Watch where it is too stiff and where it learns noise by heart.", on: { click: () => (this.busy ? this.#order({ end: true }) : this.#start()) } });
    this.text = element("span", { class: "study-text", role: "status" });
    this.grid = element("div", { class: "grid-maps", role: "group", "aria-label": "Grid of maps" });
    this.element = element("div", { class: "grid-panel", hidden: true }, element("div", { class: "grid-bar" }, this.which, this.start, this.text), this.grid);
  }

  scene(scene) {
    this.sceneNow = scene;
    const chosen = this.which.value;
    this.which.replaceChildren(...scene.contenders.map(({ title }, value) => element("option", { value, text: `${LETTERS[value]} ${title}` })));
    if (Number(chosen) < scene.contenders.length && chosen) this.which.value = chosen;
    this.key = null;
    this.grid.replaceChildren();
    setText(this.text, "");
  }

  layout(width, height, colors) {
    Object.assign(this, { width, height, key: null });
    this.colors = colors ?? this.colors;
  }

  theme(colors) {
    Object.assign(this, { colors, key: null });
  }

  frame({ grid: study, grid_maps: maps, grid_classes: classes, map_kind: kind }) {
    this.busy = Boolean(study?.busy);
    setText(this.start, this.busy ? "Cancel" : "Draw the grid");
    if (!maps) setText(this.text, study?.text || IDLE);
    if (!study || !maps || !this.width || !this.colors) return;
    setText(this.text, study.busy ? study.text : `Test loss under each map; the lowest is a little too good, since test points choose it. ${study.text}.`);
    const key = `${study.done} ${study.busy} ${study.which} ${this.width} ${this.height}`;
    if (key === this.key) return;
    this.key = key;
    this.#draw(study, maps, classes, kind);
  }

  #draw({ rows, columns, cells, which }, maps, classes, kind) {
    this.which.value = String(which); // after a reload the list would name another
    const [n, m] = [rows.values.length, columns.values.length];
    const across = (this.width - LABEL_PX) / m - 6;
    const side = Math.floor(Math.min(across, Math.max(LEAST_PX, Math.min((this.height - 78) / n - 20, MOST_PX))));
    const head = columns.values.map((value, c) => element("span", { class: "grid-label", text: c ? value : `${columns.title} ${value}` }));
    const body = rows.values.flatMap((value, r) => [
      element("span", { class: "grid-label side", text: rows.title && r === 0 ? `${rows.title} ${value}` : value }),
      ...columns.values.map((other, c) => this.#cell(cells[r * m + c], r * m + c, side, `${rows.title} ${value}, ${columns.title} ${other}`, which, { maps, classes, kind })),
    ]);
    this.grid.style.gridTemplateColumns = `auto repeat(${m}, ${side}px)`;
    this.grid.replaceChildren(element("span"), ...head, ...body);
  }

  #cell(cell, number, side, name, which, pictures) {
    if (!cell) return element("span", { class: "grid-cell empty" });
    const canvas = element("canvas", { width: CELLS, height: CELLS, "aria-hidden": "true" });
    canvas.style.width = canvas.style.height = `${side}px`;
    if (!cell.problem) this.#paint(canvas.getContext("2d"), number, pictures);
    const told = cell.problem || loss(cell.figures.test_loss);
    const good = cell.figures.test_accuracy === undefined ? "" : `, accuracy ${percent(cell.figures.test_accuracy)}`;
    const click = () => this.actions.choose({ change: { contenders: this.sceneNow.texts.map((text, k) => (k === which ? cell.text : text)) } });
    return element("button", {
      type: "button", class: "grid-cell", "aria-label": `${name}: test loss ${told}`, "data-tip": `${name}: test loss ${told}${good}. A click takes these settings.`, on: { click },
    }, canvas, element("span", { text: told }));
  }

  #paint(context, number, { maps, classes, kind }) {
    const offset = number * CELLS * CELLS;
    const image = context.createImageData(CELLS, CELLS);
    const pixels = new Uint32Array(image.data.buffer);
    const levels = kind === "value" ? this.colors.signed : this.colors.probability;
    for (let k = 0; k < pixels.length; k++)
      pixels[k] = kind === "class" ? this.colors.strengths[classes[offset + k]][maps[offset + k]] : levels[maps[offset + k]];
    context.putImageData(image, 0, 0);
  }

  #start() {
    this.key = null;
    this.#order({ which: Number(this.which.value || 0) });
  }

  #order(what) {
    this.actions.send({ type: "study", name: "grid", ...what });
  }
}
