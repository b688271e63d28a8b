/** One contender: its name, its map with the points, and one line that says how good it is. */

import { element, listen, setAttribute, setText } from "./element.js";
import { FlashGuard } from "./flashguard.js";
import { loss, percent } from "./format.js";
import { MapCanvas, placeAt } from "./mapcanvas.js";
import { readBy } from "./reading.js";

const WIDE_PX = 200; // of a map whose caption has room for two figures; times the scale
const SMALLEST_POINTS = 0.55; // of their usual size
const KEY_STEP = 0.25;
const IDENTITY = Uint32Array.from({ length: 256 }, (_, k) => (0xff000000 | k) >>> 0);
export const LETTERS = "ABCDEF";

export class ContenderMap {
  /** @param {number} index @param {Object} actions `hover(place|null)`, `down`, `up`, `abort`, `move(direction, size)`, `key(name)` */
  constructor(index, actions) {
    Object.assign(this, { index, actions });
    this.canvas = new MapCanvas();
    this.guard = new FlashGuard();
    this.badge = element("span", { class: "badge", text: LETTERS[index], "aria-hidden": "true" });
    this.title = element("b", { class: "contender-title" });
    this.line = element("div", { class: "contender-line", id: `contender-${index}` });
    this.blank = element("div", { class: "contender-blank", hidden: true });
    this.field = element("div", {
      class: "map-field", tabindex: "0", role: "application", "aria-roledescription": "map", "aria-describedby": `contender-${index}`,
    }, this.canvas.element, this.blank);
    this.element = element("section", { class: "contender" }, element("header", { class: "contender-head" }, this.badge, this.title), this.field, this.line);
    this.#listen();
  }

  scene(scene, colors, points) {
    Object.assign(this, { sceneNow: scene, colors, points, drawn: null });
    const { title, live, choices } = scene.contenders[this.index];
    this.live = live;
    setText(this.title, title);
    setAttribute(this.title, "data-tip", `${title}: ${choices}.`);
    this.element.setAttribute("aria-label", `${LETTERS[this.index]}: ${title}`);
    this.field.setAttribute("aria-label", `Map of ${LETTERS[this.index]}, ${title}: arrow keys move the crosshair, Enter explains`);
    this.badge.style.setProperty("--badge", scene.palette.contenders[this.index]);
    this.tables = { identity: IDENTITY, strengths: colors.strengths };
    this.guard.forget();
  }

  layout(side, scale) {
    this.canvas.resize(side, scale);
    this.canvas.pointScale = Math.min(Math.max(side / (scale === 1 ? 330 : 260), SMALLEST_POINTS), 1.3 * scale); // they must not hide the boundary
    Object.assign(this, { side, scale, drawn: null });
    this.field.style.width = this.field.style.height = `${side}px`;
    this.element.style.width = `${side}px`;
  }

  /**
   * @param {Object} frame @param {number} now @param {boolean} due whether pictures may be drawn now
   * @param {boolean} figures whether figures may change now; an answer always may
   * @returns {boolean} true when the picture had to wait, so as not to flash
   */
  frame(frame, now, due, figures) {
    if (figures || frame.answers || this.line.classList.contains("answer")) this.#say(frame);
    const source = this.#source(frame);
    this.blank.hidden = source !== null;
    setText(this.blank, source ? "" : frame.problems[this.index]);
    if (!this.side || !source) return false;
    if (this.drawn?.buffer === source.values.buffer && this.drawn.levels === this.colors) return false;
    const training = this.live && frame.status === "playing";
    if (!due || (training && !this.guard.allows(source.classes ?? source.values, now, { classes: Boolean(source.classes) }))) return true;
    if (!training) this.guard.forget();
    this.drawn = { buffer: source.values.buffer, levels: this.colors };
    if (frame.map_kind === "class") this.canvas.drawClasses(source.classes, source.values, this.tables);
    else this.canvas.drawMap(source.values, frame.map_kind === "value" ? this.colors.signed : this.colors.probability);
    return false;
  }

  drawPoints(points) {
    if (this.side) this.canvas.drawPoints(points, this.sceneNow.range);
  }

  drawMarks(points, theme) {
    if (this.side) this.canvas.drawMarks(points, this.sceneNow.range, theme);
  }

  drawCursor(place, dragged, theme) {
    if (this.side) this.canvas.drawCursor(place, dragged, this.sceneNow.range, theme);
  }

  /** Where this contender's map lies in the messages; null when it could not be fitted. */
  #source(frame) {
    const [names, maps, classes] = this.live
      ? [frame.live, frame.maps, frame.map_classes]
      : [this.sceneNow.fixed, this.sceneNow.fixed_maps, this.sceneNow.fixed_map_classes];
    const at = names.indexOf(this.index);
    if (at < 0) return null;
    const part = (all) => all.subarray(at * 10000, (at + 1) * 10000);
    return { values: part(maps), classes: frame.map_kind === "class" ? part(classes) : null };
  }

  /** Under the pointer what it says of the place, else how good it is. */
  #say(frame) {
    const said = frame.answers?.[this.index];
    const row = frame.scores[this.index];
    const good = row.test_r2 !== undefined ? `R² ${loss(row.test_r2)}` : `accuracy ${percent(row.test_accuracy)}`;
    const figures = `Test loss ${loss(row.test_loss)}${this.side < WIDE_PX * this.scale ? "" : `, ${good}`}`; // the table has all
    const text = frame.problems[this.index] || figures;
    setText(this.line, said ?? text);
    this.line.classList.toggle("answer", Boolean(said));
  }

  #listen() {
    const { field, actions } = this;
    listen(field, readBy({ hover: (event) => actions.hover(this.#at(event)), key: (event) => this.#key(event), leave: () => actions.hover(null) }));
    field.addEventListener("pointerdown", (event) => this.sceneNow && actions.down(this.#at(event), event, field, this));
    field.addEventListener("pointerup", () => actions.up());
    field.addEventListener("pointercancel", () => actions.abort());
  }

  #at(event) {
    return placeAt(event, this.field, this.sceneNow?.range ?? 0);
  }

  #key(event) {
    const move = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (move) this.actions.move(move, event.shiftKey ? 4 * KEY_STEP : KEY_STEP);
    else if (!this.actions.key(event.key)) return;
    event.preventDefault();
  }
}
