/** The output map: what the model (or the part looked at) says at each place, with points, lines and a readout. */

import { discretized } from "./colors.js";
import { element, listen, setText } from "./element.js";
import { FlashGuard } from "./flashguard.js";
import { onAxis } from "./format.js";
import { MapAxes } from "./mapaxes.js";
import { MapCanvas, placeAt } from "./mapcanvas.js";
import { MapRail, signedEnds } from "./maprail.js";
import { PointEditor } from "./pointeditor.js";
import { makePoints } from "./points.js";
import { readBy } from "./reading.js";

const KEY_STEP = 0.25;
const HINT = "Point at the map to send one sample through the network.";
const IDENTITY = Uint32Array.from({ length: 256 }, (_, k) => (0xff000000 | k) >>> 0);

export class OutputMap {
  /**
   * @param {Object} actions `look(point|null)`, `choose(choice)`, `repaint()`
   * @param {import("./shows.js").Shows} shows
   */
  constructor(actions, shows) {
    Object.assign(this, { actions, shows });
    this.canvas = new MapCanvas();
    this.axes = new MapAxes();
    this.rail = new MapRail(shows, () => this.#refresh());
    this.editor = new PointEditor({
      choose: actions.choose,
      redraw: () => this.#redrawCursor(),
      onSwitch: () => this.#switch(),
    });
    this.guard = new FlashGuard();
    this.title = element("div", { class: "map-title" });
    this.readout = element("div", { class: "map-readout", id: "map-readout" });
    this.field = element(
      "div",
      {
        class: "map-field",
        tabindex: "0",
        role: "application",
        "aria-roledescription": "map",
        "aria-label": "Output map: arrow keys move the crosshair",
        "aria-describedby": "map-readout",
      },
      this.canvas.element,
    );
    this.frameBox = element("div", { class: "map-frame" }, this.axes.surface.canvas, this.field);
    this.element = element(
      "section",
      { class: "map", "aria-label": "Output" },
      this.title,
      element("div", { class: "map-row" }, this.frameBox, this.rail.element),
      this.readout,
      this.editor.element,
    );
    this.place = null;
    this.hint = HINT;
    this.#listen();
  }

  scene(scene, colors) {
    this.sceneNow = scene;
    this.editor.scene(scene);
    this.guard.forget();
    this.featureShown = null;
    this.#recolor(colors);
  }

  theme(theme, colors) {
    this.themeNow = theme;
    if (this.sceneNow) this.#recolor(colors);
  }

  /** Takes up the room of a map of `side` px without drawing it, so that what stands around it can be measured. */
  probe(side, scale) {
    this.frameBox.style.height = `${side + MapAxes.room(scale).bottom}px`;
  }

  /** @param {number} side of the map in px */
  layout(side, scale) {
    this.side = side;
    this.scale = scale;
    this.canvas.resize(side, scale);
    const { left, bottom } = MapAxes.room(scale);
    Object.assign(this.frameBox.style, { width: `${left + side}px`, height: `${side + bottom}px` });
    Object.assign(this.field.style, { left: `${left}px`, width: `${side}px`, height: `${side}px` });
    this.#refresh();
  }

  /** Keeps the boundary of an output map as a ghost; null clears it. */
  ghost(frame) {
    this.canvas.ghost = frame ? this.canvas.boundaryOf(frame) : null;
    this.drawn = {};
  }

  /** @param {[string, number]|null} feature label and index of the feature to show instead of the output */
  showFeature(feature) {
    this.featureShown = feature;
    this.#refresh();
  }

  /**
   * @param {boolean} due whether the picture may be drawn now
   * @returns {boolean} true when the picture had to wait, so as not to flash
   */
  frame(frame, now, due) {
    if (!this.colors || !this.side) return false;
    const stale = this.drawn.map !== frame.map;
    if (stale && due && this.#calm(frame, now)) this.#drawMap(frame);
    if (this.drawn.outputs !== frame.point_outputs) this.#drawMarks(frame);
    this.#title(frame);
    this.#readout(frame);
    return this.drawn.map !== frame.map;
  }

  /** Only training can flash; another unit under the pointer is shown at once. */
  #calm(frame, now) {
    const subject = `${frame.looked} ${frame.status}`;
    if (subject !== this.subject || frame.status !== "playing") this.guard.forget();
    this.subject = subject;
    const classes = frame.map_kind === "class";
    return this.guard.allows(classes ? frame.map_class : frame.map, now, { classes });
  }

  #recolor(colors) {
    this.colors = colors;
    this.tables = { identity: IDENTITY, strengths: colors.strengths };
    this.points = makePoints(this.sceneNow, colors);
    this.rail.scene(this.sceneNow, colors);
    this.#refresh();
  }

  /** While points are edited a finger that moves drags, and does not scroll. */
  #switch() {
    this.field.classList.toggle("editing", this.editor.on);
    this.#refresh();
  }

  /** Draws everything again with the next frame, and what does not wait for frames now. */
  #refresh() {
    this.drawn = {};
    this.guard.forget();
    if (!this.side || !this.colors) return;
    const { axes, range } = this.sceneNow;
    this.axes.draw(this.side, axes, range, this.themeNow, this.scale);
    const test = this.shows.has("test_data") || this.editor.on; // a point just placed may belong to the test data
    this.visible = this.points.filter((point) => test || !point.test);
    this.canvas.drawPoints(this.visible, range);
    this.#redrawCursor();
    this.actions.repaint();
  }

  #drawMap(frame) {
    const { canvas, drawn } = this;
    drawn.map = frame.map;
    const levels = this.#levels(frame);
    if (this.featureShown) canvas.drawFeature(this.sceneNow.feature_pictures, this.featureShown[1] * 400, levels);
    else if (frame.map_kind === "class" && levels === null) canvas.drawClasses(frame.map_class, this.shows.has("discretize") ? new Uint8Array(frame.map.length).fill(255) : frame.map, this.tables);
    else canvas.drawMap(frame.map, levels);
    this.#lines(frame);
    this.#scaleBar(frame, levels);
  }

  /** The table of colors for what is shown; null for a map of classes. */
  #levels(frame) {
    const { colors } = this;
    const [discretize, unsure] = ["discretize", "uncertainty"].map((word) => this.shows.has(word));
    const kind = this.featureShown ? "value" : frame.map_kind;
    if (kind === "class") return unsure ? colors.doubt : null;
    if (kind !== "value" && unsure) return colors.certainty;
    const levels = kind === "value" ? colors.signed : colors.probability;
    if (!discretize) return levels;
    if (this.discreteOf !== levels) [this.discreteOf, this.discrete] = [levels, discretized(levels)];
    return this.discrete;
  }

  #lines(frame) {
    const wanted = this.shows.has("contours") && !this.featureShown;
    if (!wanted && !this.canvas.ghost && this.linesEmpty) return;
    const classes = wanted && frame.map_kind === "class" ? frame.map_class : null;
    if (wanted || this.linesShown !== this.canvas.ghost || !this.linesEmpty) {
      this.canvas.drawLines({ classes, contours: wanted ? frame.map : null }, this.themeNow);
    }
    this.linesShown = this.canvas.ghost;
    this.linesEmpty = !wanted && !this.canvas.ghost;
  }

  #scaleBar(frame, levels) {
    const ends = this.#scaleEnds(frame);
    const key = `${ends.join("|")} ${this.side}`;
    if (this.scaleKey === key && this.scaleLevels === levels) return;
    Object.assign(this, { scaleKey: key, scaleLevels: levels });
    this.rail.drawScale(levels, ends, Math.max(64, 36 * this.scale, Math.min(140, this.side - 190 * this.scale)));
  }

  #scaleEnds(frame) {
    const unsure = this.shows.has("uncertainty");
    if (this.featureShown) return signedEnds(this.sceneNow.feature_scales?.[this.featureShown[1]] ?? NaN);
    if (frame.map_kind === "class") return ["sure", "", "unsure"];
    if (frame.map_kind === "value") return signedEnds(frame.map_scale);
    return unsure ? ["sure", "unsure", "sure"] : ["1", "0.5", "0"];
  }

  #drawMarks(frame) {
    this.drawn.outputs = frame.point_outputs;
    const outputs = frame.point_outputs;
    const wrong = this.shows.has("misclassified") && outputs ? this.visible.filter((p) => outputs[p.index] !== p.label) : [];
    if (wrong.length || this.marked) this.canvas.drawMarks(wrong, this.sceneNow.range, this.themeNow);
    this.marked = wrong.length > 0;
  }

  #title(frame) {
    const { class_names: names, task } = this.sceneNow;
    if (this.featureShown) setText(this.title, `Feature ${this.featureShown[0]}`);
    else if (frame.looked) setText(this.title, this.nameOf(...frame.looked));
    else if (this.shows.has("uncertainty") && task !== "regression") setText(this.title, "Output: where the model is unsure");
    else setText(this.title, outputTitle(frame.map_kind, task, names));
  }

  #readout(frame) {
    const { trace } = frame;
    if (!trace) return setText(this.readout, this.place ? "" : this.hint);
    const [a, b] = this.sceneNow.axes;
    const input = `${a.name} ${onAxis(trace.point[0] * a.scale + a.center, a)}, ${b.name} ${onAxis(trace.point[1] * b.scale + b.center, b)}`;
    setText(this.readout, `${input} → ${trace.outputs}. Nearest point: ${trace.nearest}.`);
  }

  #redrawCursor() {
    if (!this.side || !this.themeNow) return;
    const selected = this.editor.selected >= 0 ? this.points[this.editor.selected] : null;
    const dragged = this.editor.dragged(this.points) ?? selected;
    this.canvas.drawCursor(this.place, dragged, this.sceneNow.range, this.themeNow);
  }

  #listen() {
    const { field } = this;
    const leave = () => !this.editor.drag && this.#hover(null);
    listen(field, readBy({ hover: (event) => this.#hover(this.#at(event)), key: (event) => this.#key(event), leave }));
    field.addEventListener("pointerdown", (event) => this.#down(event));
    field.addEventListener("pointerup", () => this.editor.up());
    field.addEventListener("pointercancel", () => this.editor.abort());
  }

  #at(event) {
    return placeAt(event, this.field, this.sceneNow?.range ?? 0);
  }

  #hover(place) {
    if (!this.sceneNow) return;
    this.place = place;
    if (place) this.editor.move(place);
    this.#redrawCursor();
    this.actions.look(place && [place.x, place.y]);
  }

  #down(event) {
    if (!this.sceneNow) return;
    const place = this.#at(event);
    const hit = this.canvas.hit(this.visible, place, this.sceneNow.range);
    const taken = this.editor.down(place, hit < 0 ? -1 : this.visible[hit].index);
    if (taken) this.field.setPointerCapture(event.pointerId);
    this.#hover(place);
  }

  #key(event) {
    const move = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (move) this.#step(move, event.shiftKey ? 4 * KEY_STEP : KEY_STEP);
    else if (event.key === "Escape") this.#escape();
    else if (this.editor.on && event.key === "Enter" && this.place) this.editor.place(this.place);
    else if (this.editor.on && (event.key === "Delete" || event.key === "Backspace")) this.#delete();
    else return;
    event.preventDefault();
  }

  #step([dx, dy], size) {
    const { range } = this.sceneNow;
    const from = this.place ?? { x: 0, y: 0 };
    const inside = (value) => Math.min(Math.max(value, -range), range);
    this.#hover({ x: inside(from.x + dx * size), y: inside(from.y + dy * size) });
  }

  #escape() {
    this.editor.abort();
    this.#hover(null);
  }

  #delete() {
    const { editor } = this;
    const under = this.place ? this.canvas.hit(this.visible, this.place, this.sceneNow.range) : -1;
    editor.remove(editor.selected >= 0 ? editor.selected : under < 0 ? -1 : this.visible[under].index);
  }
}

function outputTitle(kind, task, names) {
  if (task === "regression") return "Output: predicted value";
  if (kind === "class") return "Output: strongest class (faint where unsure)";
  return kind === "probability" ? `Output: probability of ${names[1]}` : `Output: how much speaks for ${names[1]}`;
}
