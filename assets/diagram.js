/** The network as a diagram: pictures in units, links, layer heads, cards. It draws and it listens. */

import { element, setAttribute, setText } from "./element.js";
import { count } from "./format.js";
import { FlashGuard } from "./flashguard.js";
import { LayerHeads } from "./layerheads.js";
import { Links } from "./links.js";
import { layoutNetwork, parameterOffsets } from "./netlayout.js";
import { UnitField } from "./unitfield.js";
import { UnitPictures } from "./unitpictures.js";
import { WeightCard } from "./weightcard.js";

const LABEL_FONT_PX = 14;
const NARROW_HEIGHT_PER_UNIT_PX = 46;
const NARROW_REST_PX = 130;

export class Diagram {
  /**
   * @param {Object} actions
   * @param {(unit: [number, number]|null) => void} actions.look layer -1 is the column of features
   * @param {(link: Object, value: number) => void} actions.edit
   * @param {(sizes: number[]) => void} actions.resize
   */
  constructor(actions) {
    this.actions = actions;
    this.links = new Links();
    this.pictures = new UnitPictures();
    this.guard = new FlashGuard();
    this.heads = new LayerHeads(actions.resize);
    this.card = new WeightCard(actions.edit, (wasEditing) => this.#cardClosed(wasEditing));
    this.field = new UnitField({ look: (unit) => this.#look(unit), open: (unit) => this.#editUnit(unit) });
    this.parameters = element("span", {
      class: "parameter-count",
      "data-tip": "Weights and biases together: what training may change.",
    });
    this.canvasArea = element(
      "div",
      { class: "diagram-area" },
      this.links.surface.canvas,
      this.pictures.surface.canvas,
      this.heads.element,
      this.field.element,
      this.card.element,
    );
    this.scroller = element("div", { class: "diagram-scroller" }, this.canvasArea);
    this.element = element("section", { class: "diagram", "aria-label": "Network" }, this.#toolbar(), this.scroller);
    this.#listen();
  }

  scene(scene) {
    this.pictures.classes = scene.palette.classes.map((color, k) => ({
      color,
      shape: scene.palette.shapes[k],
      test: false,
    }));
    this.card.close();
    this.namesOf = unitNames(scene);
    this.sceneNow = scene;
    this.offsets = parameterOffsets(scene.sizes);
    this.drawn = {};
    if (this.room) this.layout(this.room);
  }

  /** @param {{width: number, height: number|null, scale: number, thick: number}} room height null: as much as it needs */
  layout(room) {
    this.room = room;
    if (!this.sceneNow) return;
    const { sizes } = this.sceneNow;
    const height =
      (room.height ?? Math.max(...sizes, 3) * NARROW_HEIGHT_PER_UNIT_PX + NARROW_REST_PX) - this.toolbar.offsetHeight;
    const layout = layoutNetwork(sizes, room.width, height, this.#labelWidth(), room.scale);
    this.place = layout;
    Object.assign(this.canvasArea.style, { width: `${layout.width}px`, height: `${layout.height}px` });
    this.links.place(layout, this.offsets, room.thick);
    this.pictures.place(layout, room.scale);
    this.heads.place(layout, this.sceneNow);
    this.field.place(layout, this.sceneNow, this.namesOf);
    this.drawn = {};
  }

  theme(theme, colors) {
    Object.assign(this, { themeNow: theme, colors });
    this.links.markColors = [theme.background, theme.text];
    this.element.style.setProperty("--link-positive", colors.ofLink(1, 1));
    this.element.style.setProperty("--link-negative", colors.ofLink(-1, 1));
    this.drawn = {};
  }

  /**
   * @param {Object} frame
   * @param {{pictures: boolean, text: boolean, whole: boolean}} due what may be drawn now; whole: all links at once
   */
  frame(frame, now, due) {
    if (!this.place || !this.colors) return;
    if (frame.status !== "playing") this.guard.forget();
    if (due.pictures && this.guard.allows(frame.unit_pictures, now)) this.#drawPictures(frame);
    if (due.pictures) this.#drawLinks(frame, now, due.whole);
    if (frame.status !== "playing" || due.text) this.#texts(frame);
  }

  /** Room that the longest name of a feature needs. */
  #labelWidth() {
    const { context } = this.links.surface;
    context.font = `${LABEL_FONT_PX * this.room.scale}px ${this.themeNow.font}`;
    return Math.max(...this.sceneNow.feature_labels.map((text) => context.measureText(text).width));
  }

  #drawPictures(frame) {
    const { drawn, colors, pictures } = this;
    const values = frame.trace ? frame.trace_values : null;
    if (drawn.pictures === frame.unit_pictures && drawn.values === values && drawn.discrete === this.discrete) return;
    const levels = this.discrete ? colors.signedDiscrete : colors.signed;
    if (values || drawn.values || !drawn.pictures || drawn.discrete !== this.discrete) {
      pictures.surface.clear();
      pictures.features(this.sceneNow.feature_pictures, levels);
    }
    pictures.frame(frame.unit_pictures, levels);
    if (values) pictures.values(values, this.themeNow);
    Object.assign(drawn, { pictures: frame.unit_pictures, values, discrete: this.discrete });
  }

  /** While playing one strip at a time; at rest everything at once. */
  #drawLinks(frame, now, whole) {
    const { drawn, links } = this;
    if (drawn.params === frame.params) return;
    const everything = whole || frame.status !== "playing" || !drawn.links;
    drawn.links = true;
    links.frame(frame.params, this.colors, now, everything);
    if (everything) drawn.params = frame.params;
  }

  #texts(frame) {
    if (this.drawn.texts === frame.id) return;
    this.drawn.texts = frame.id;
    this.params = frame.params;
    this.gradients = frame.gradients;
    this.heads.gradients(frame.gradient_norms ?? []);
    this.field.states(frame.unit_state, frame.trace ? frame.trace_values : null);
    this.card.update(frame.params, frame.gradients);
    const parameters = `${count(frame.n_params)} parameters`;
    setText(this.parameters, parameters);
  }

  #toolbar() {
    const legend = element(
      "div",
      { class: "link-legend", "aria-hidden": "true" },
      element("i", { class: "solid" }),
      element("span", { text: "positive" }),
      element("i", { class: "dashed" }),
      element("span", { text: "negative" }),
    );
    this.toolbar = element("div", { class: "diagram-bar" }, this.heads.layers, this.parameters, legend);
    return this.toolbar;
  }

  #listen() {
    const area = this.canvasArea;
    area.addEventListener("pointermove", (event) => this.#point(event));
    area.addEventListener("pointerleave", () => this.#mark(null));
    area.addEventListener("click", (event) => this.#click(event));
    area.addEventListener("keydown", (event) => event.key === "Escape" && this.card.close());
  }

  #linkUnder(event) {
    if (!this.place || event.target.closest("button, .weight-card, .layer-head")) return null;
    const box = this.canvasArea.getBoundingClientRect();
    return this.links.at(event.clientX - box.left, event.clientY - box.top);
  }

  #point(event) {
    if (this.card.editing || event.target.closest(".unit")) return;
    this.#mark(this.#linkUnder(event));
  }

  #mark(link) {
    const before = this.links.marked;
    if (this.card.editing || sameLink(before, link)) return;
    this.links.marked = link;
    this.canvasArea.classList.toggle("on-link", link !== null);
    if (before) this.links.refresh(before.layer, this.params, this.colors);
    if (!link) return this.card.close();
    this.links.refresh(link.layer, this.params, this.colors);
    this.card.peek(
      link.input === null ? "Bias" : "Weight",
      "Click to set it by hand",
      [this.#row(link)],
      this.links.anchor(link),
      this.#visible(),
    );
    this.card.update(this.params, this.gradients);
  }

  #click(event) {
    const link = this.#linkUnder(event);
    if (!link) return;
    this.#mark(link);
    const note = "Enter sets it, Escape closes";
    this.card.edit(
      link.input === null ? "Bias" : "Weight",
      note,
      [this.#row(link)],
      this.links.anchor(link),
      this.#visible(),
    );
    this.card.update(this.params, this.gradients);
    this.card.element.querySelector("input").select();
  }

  /** A unit's card lists its bias and all weights into it: the keyboard's way to every link. */
  #editUnit([layer, unit]) {
    if (layer < 0) return;
    this.#mark(null);
    const inputs = Array.from({ length: this.offsets[layer].nIn }, (_, input) =>
      this.#row({ layer, unit, input }, true),
    );
    const rows = [this.#row({ layer, unit, input: null }, true), ...inputs];
    this.card.edit(
      this.namesOf(layer, unit),
      this.field.reason(layer, unit),
      rows,
      this.field.anchor(layer, unit),
      this.#visible(),
    );
    this.card.update(this.params, this.gradients);
    this.card.element.querySelector("input").select();
  }

  #look(unit) {
    this.actions.look(unit);
    if (this.card.editing) return;
    if (!unit) return this.links.marked ? undefined : this.card.close();
    this.#mark(null);
    const [layer, index] = unit;
    const rows = layer < 0 ? [] : [this.#row({ layer, unit: index, input: null }, true)];
    const note = layer < 0 ? "" : this.field.reason(layer, index) || "click or Enter to edit";
    this.card.peek(this.namesOf(layer, index), note, rows, null, this.#visible());
    this.card.update(this.params, this.gradients);
  }

  /** One parameter as a row of the card; brief: the card's title names the unit already. */
  #row({ layer, unit, input }, brief = false) {
    const { weights, biases, nIn } = this.offsets[layer];
    const target = this.namesOf(layer, unit, true);
    const source = input === null ? "" : this.namesOf(layer - 1, input, true);
    const fullName = input === null ? `bias of ${target}` : `weight ${source} → ${target}`;
    const name = !brief ? fullName : input === null ? "bias" : `from ${source}`;
    return {
      name,
      fullName,
      index: input === null ? biases + unit : weights + unit * nIn + input,
      link: { layer, unit, input },
    };
  }

  /** The part of the diagram that is scrolled into view. */
  #visible() {
    return { left: this.scroller.scrollLeft, top: 0, width: this.scroller.clientWidth, height: this.place.height };
  }

  #cardClosed(wasEditing) {
    const before = this.links.marked;
    this.links.marked = null;
    if (before) this.links.refresh(before.layer, this.params, this.colors);
    if (wasEditing) this.field.restoreFocus();
  }
}

function sameLink(a, b) {
  return a === b || (a && b && a.layer === b.layer && a.unit === b.unit && a.input === b.input);
}

/** Returns `(layer, unit, brief) -> name`; layer -1 is the column of features. */
function unitNames(scene) {
  const last = scene.sizes.length - 2;
  const classes = scene.class_names ?? [];
  return (layer, unit, brief = false) => {
    if (layer < 0) return brief ? scene.feature_labels[unit] : `Feature ${scene.feature_labels[unit]}`;
    if (layer === last) return outputName(scene.sizes.at(-1), classes[unit], unit, brief);
    const kind = scene.activations[layer].replace("_", " ");
    return brief ? `hidden ${layer + 1} unit ${unit + 1}` : `Hidden ${layer + 1}, unit ${unit + 1}, ${kind}`;
  };
}

function outputName(n, className, unit, brief) {
  const name = n === 1 ? "output" : `output ${className ?? unit + 1}`;
  return brief ? name : name[0].toUpperCase() + name.slice(1);
}
