/** The view of the Compare page: a map of each contender, the scoreboard, a chart, and why they differ at a place. */

import { ChartPanel } from "./chartpanel.js";
import { Colors } from "./colors.js";
import { ContenderMap } from "./contendermap.js";
import { element, setText } from "./element.js";
import { EpochScale } from "./epochscale.js";
import { onAxis } from "./format.js";
import { Pace, Throttle } from "./pace.js";
import { PointEditor } from "./pointeditor.js";
import { classSymbol, makePoints } from "./points.js";
import { RecordTable } from "./numbers.js";
import { Goal } from "./goal.js";
import { Scoreboard } from "./scoreboard.js";
import { StudyBar } from "./studybar.js";
import { areaSwatch } from "./texture.js";
import { tickLabel } from "./ticks.js";
import { Timeline } from "./timeline.js";
import { WhyPanel } from "./whypanel.js";

const LOOK_INTERVAL_MS = 30;
const REDUCED_INTERVAL_MS = 500;
const SCORES_INTERVAL_MS = 150;
const NARROW_PX = 760;
const GAP_PX = 14;
const MAPS_SHARE = 0.46; // of the height for the row of maps
const PROJECTED_SHARE = 0.36; // where letters are large
const SMALLEST_MAP_PX = 130;
const MOST_CHART_PX = 420;
const BELOW_PX = 18; // under the chart and its table, so that the page does not scroll
const CHART_SHARE = 0.345; // of the width
const WORDS = { tips: {}, counters: { epoch: ["Epoch", "Epochs of networks, and rounds of boosting, so far."] } };
const HINT = "Point at one to ask everybody about a place; click, or press Enter, to see why they differ.";

export function createView(stage) {
  return new CompareView(stage);
}

class CompareView {
  constructor(stage) {
    this.stage = stage;
    this.look = { unit: null, point: null, inside: false };
    this.throttle = new Throttle(LOOK_INTERVAL_MS, (look) => stage.keep({ type: "look", ...look }));
    this.calm = new Pace(REDUCED_INTERVAL_MS);
    this.scoresPace = new Pace(SCORES_INTERVAL_MS);
    this.maps = [];
    this.place = null;
    this.pinned = null;
    this.#makeParts();
    const style = element("link", { rel: "stylesheet", href: new URL("./compare.css", import.meta.url).href });
    style.addEventListener("load", () => this.size && this.layout(this.size));
    stage.element.classList.add("compare");
    this.bar.hidden = this.lower.hidden = true; // until there is something to say
    this.steady = new ResizeObserver(() => this.#steady());
    this.steady.observe(this.readout);
    stage.element.append(style, this.goal.element, this.mapsRow, this.mapNote, this.bar, this.lower);
  }

  #makeParts() {
    const { stage } = this;
    const epochs = new EpochScale(stage.shows);
    this.mapsRow = element("div", { class: "contenders" }, element("p", { class: "contenders-wait", role: "status", text: "The contenders are being fitted." }));
    this.goal = new Goal(stage);
    this.editor = new PointEditor({ choose: (choice) => stage.choose(choice), redraw: () => this.#cursors(), onSwitch: () => this.#points() });
    this.legend = element("span", { class: "class-legend" });
    this.mapTitle = element("summary");
    this.mapMeaning = element("p");
    this.mapNote = element("details", { class: "map-note", hidden: true, on: { toggle: () => this.size && this.layout(this.size) } }, this.mapTitle, this.mapMeaning);
    this.readout = element("span", { class: "map-readout" });
    this.test = stage.shows.box("test_data", "Test data", "Shows the points kept for testing, hollow. Everybody is scored on these.", () => this.#points());
    this.wrong = stage.shows.box("misclassified", "Misclassified", "Rings around the points that the contender takes for another class.", () => ((this.marked = null), stage.repaint()));
    this.dispute = element("button", { type: "button", class: "quiet-button", text: "Where they differ most", "data-tip": "Goes from one test point to the next on which the contenders disagree, the most disputed first, and shows why.", on: { click: () => this.#nextDispute() } });
    this.study = new StudyBar((message) => stage.send(message));
    this.bar = element("div", { class: "compare-bar" }, this.study.element, this.dispute, this.test, this.wrong, this.editor.element, this.legend, this.readout);
    this.scoreboard = new Scoreboard();
    this.chart = new ChartPanel((unit) => this.#look({ unit }), epochs, { send: (message) => stage.send(message), choose: (choice) => stage.choose(choice), shows: stage.shows });
    this.chart.again = () => this.#split();
    this.timeline = new Timeline((epoch) => stage.send({ type: "seek", epoch }), epochs);
    this.table = new RecordTable();
    this.why = new WhyPanel(() => (this.#unpin(), this.dispute.focus()));
    this.chartSide = element("div", { class: "chart-side" }, this.chart.element, this.timeline.element, this.table.element);
    this.scoreSide = element("div", { class: "score-side" }, this.scoreboard.element);
    this.lower = element("div", { class: "compare-lower" }, this.why.element, this.scoreSide, this.chartSide);
  }

  scene({ scene }) {
    this.sceneNow = scene;
    this.stage.rename(WORDS);
    this.bar.hidden = this.lower.hidden = false;
    const n = scene.contenders.length;
    while (this.maps.length > n) this.maps.pop();
    while (this.maps.length < n) this.maps.push(new ContenderMap(this.maps.length, this.#mapActions()));
    this.mapsRow.replaceChildren(...this.maps.map((map) => map.element));
    this.editor.scene(scene);
    this.wrong.hidden = scene.task === "regression";
    this.#recolor();
    this.scoreboard.scene(scene);
    this.chart.scene(scene);
    this.why.scene(scene);
    this.mapNote.hidden = !scene.map_title;
    setText(this.mapTitle, scene.map_title);
    setText(this.mapMeaning, scene.map_meaning);
    this.asked = 0;
    this.told = null; // of other data less may have to be said
    if (this.size) this.layout(this.size);
  }

  frame({ frame, record }, now) {
    this.frameNow = frame;
    const playing = frame.status === "playing";
    const due = !(playing && this.stage.reducedMotion) || this.calm.due(now);
    const figures = !playing || this.scoresPace.due(now); // those under a map and those in the table are of one moment
    const waiting = this.maps.map((map) => map.frame(frame, now, due, figures)).some(Boolean);
    if (figures) this.scoreboard.frame(frame);
    this.chart.frame({ frame, record }, now);
    this.timeline.frame(frame);
    this.table.frame({ frame, record }, now);
    this.study.frame(frame);
    this.#marks(frame);
    this.#readout(frame);
    if (this.goal.frame(frame)) this.layout(this.size);
    if (this.why.frame(frame)) this.#split();
    return waiting;
  }

  theme(theme) {
    this.themeNow = theme;
    this.chart.theme(theme);
    if (this.sceneNow) this.#recolor();
  }

  layout({ width, height }) {
    this.size = { width, height };
    const { scale, thick } = this.stage;
    const n = Math.max(1, this.maps.length);
    const narrow = width < NARROW_PX;
    const columns = narrow ? Math.min(n, 2) : n;
    const most = Math.floor((width - GAP_PX * (columns - 1)) / columns);
    const side = narrow ? most : Math.max(SMALLEST_MAP_PX, Math.min(most, Math.floor(height * (this.stage.projector ? PROJECTED_SHARE : MAPS_SHARE))));
    for (const map of this.maps) map.layout(side, scale);
    this.lower.style.setProperty("--map", `${side}px`);
    this.#points();
    const parts = [this.goal, this.mapsRow, this.mapNote, this.bar];
    const taken = parts.map((part) => heightOf(part.element ?? part)).reduce((a, b) => a + b);
    const below = narrow ? 300 : height - taken - BELOW_PX;
    Object.assign(this, { scale, thick, narrow, below });
    this.#split();
  }

  destroy() {
    this.steady.disconnect();
    this.throttle.cancel();
  }

  /** The line of text keeps the room it once needed, so that nothing below it jumps with each new text. */
  #steady() {
    const { style, offsetWidth: width } = this.readout;
    if (width !== this.told?.width) {
      style.minHeight = "";
      this.told = { width, height: 0 };
    }
    const height = this.readout.offsetHeight;
    if (!this.size || height <= this.told.height) return;
    this.told.height = height;
    style.minHeight = `${height}px`;
    this.layout(this.size);
  }

  /** The lower part: scoreboard and chart; or over the whole width why the contenders differ, or what each has of its own. */
  #split() {
    if (!this.size) return;
    const { width } = this.size;
    const wide = !this.narrow && (this.why.open || this.chart.isWide);
    const chartWidth = this.narrow || wide ? width - 4 : Math.floor(width * CHART_SHARE);
    this.lower.classList.toggle("wide", wide);
    this.lower.classList.toggle("study", wide && this.chart.isStudy);
    this.lower.style.setProperty("--chart", `${chartWidth}px`);
    this.scoreSide.hidden = this.why.open || wide;
    this.chartSide.hidden = this.why.open;
    const under = wide && this.chart.isStudy ? 0 : this.timeline.element.offsetHeight + 26; // a study shows neither timeline nor table
    const room = Math.min(MOST_CHART_PX * this.scale, Math.max(170, this.below - under));
    this.chart.layout(chartWidth - 4, room, this.scale, this.thick);
    this.timeline.layout(this.chart.chart.span, chartWidth - 4);
    this.why.layout(this.narrow ? null : Math.max(200, this.below - 34), this.scale);
    this.stage.repaint();
  }

  #recolor() {
    if (!this.themeNow) return;
    this.colors = Colors.of(this.sceneNow.palette, this.themeNow, this.colors);
    this.points = makePoints(this.sceneNow, this.colors);
    this.#legend();
    for (const map of this.maps) map.scene(this.sceneNow, this.colors, this.points);
    this.why.theme(this.themeNow, this.colors);
    this.chart.theme(this.themeNow, this.colors);
    this.#points();
  }

  #points() {
    if (!this.points) return;
    const test = this.stage.shows.has("test_data") || this.editor.on;
    this.visible = this.points.filter((point) => test || !point.test || point.index === this.pinned?.index);
    for (const map of this.maps) map.drawPoints(this.visible);
    this.marked = null;
    this.#cursors();
    this.stage.repaint();
  }

  /** What shape and color mean: a symbol and a name for each class, or for both ends of the values. */
  #legend() {
    const { legend, palette, task } = this.sceneNow;
    const kinds = palette.shapes.length;
    const color = (k) => (task === "regression" ? this.colors.ofSigned(2 * k - 1) : this.colors.classes[k % this.colors.classes.length]);
    const shape = (k) => (task === "regression" ? "circle" : palette.shapes[k % kinds]);
    this.legend.replaceChildren(...legend.map((name, k) => element("span", {}, classSymbol(shape(k), color(k)), ...areaSwatch(k, legend.length, this.colors.strengths), name)));
  }

  /** Rings around mistakes, each contender its own. */
  #marks(frame) {
    const said = frame.point_outputs;
    const wanted = this.stage.shows.has("misclassified") && said;
    if (this.marked === (wanted ? said : "none")) return;
    this.marked = wanted ? said : "none";
    const n = this.points.length;
    this.maps.forEach((map, k) => map.drawMarks(wanted ? this.visible.filter((p) => said[k * n + p.index] !== p.label && said[k * n + p.index] !== 255) : [], this.themeNow));
  }

  #cursors() {
    if (!this.themeNow || !this.points) return;
    const place = this.place ?? this.pinned;
    const dragged = this.editor.dragged(this.points) ?? (this.editor.selected >= 0 ? this.points[this.editor.selected] : null);
    for (const map of this.maps) map.drawCursor(place, dragged ?? this.#ring(), this.themeNow);
  }

  #ring() {
    return this.pinned && this.pinned.index >= 0 ? this.points[this.pinned.index] : null;
  }

  /** What takes long to learn is not learned before the page is shown; what learned too long is named. */
  #begin({ head_epoch: head, remarks }) {
    if (this.sceneNow.n_epochs === 0) return "All of these are fitted at once: there is nothing to play. ";
    if (head === 0 && this.goal.element.hidden) return "Press Play: networks and boosting have yet to learn. ";
    return remarks.filter(Boolean).map((text) => `${text} `).join("");
  }

  #readout(frame) {
    const place = this.place ?? this.pinned;
    if (!place || !frame.trace) return setText(this.readout, this.place ? "" : `${this.#begin(frame)}${axesText(this.sceneNow)} ${HINT}`);
    const [a, b] = this.sceneNow.axes;
    const told = (axis, value) => categoryAt(axis.categories, value) ?? onAxis(value, axis);
    const at = (axis, place) => `${axis.name} = ${told(axis, place * axis.scale + axis.center)}`;
    setText(this.readout, `${at(a, frame.trace.point[0])}, ${at(b, frame.trace.point[1])}. Nearest point: ${frame.trace.nearest}.`);
  }

  #mapActions() {
    return {
      hover: (place) => this.#hover(place),
      down: (place, event, field, map) => this.#down(place, event, field, map),
      up: () => this.editor.up(),
      abort: () => this.editor.abort(),
      move: (direction, size) => this.#move(direction, size),
      key: (key) => this.#key(key),
    };
  }

  #hover(place) {
    this.place = place;
    if (place) this.editor.move(place);
    this.#cursors();
    const shown = place ?? this.pinned;
    this.#look({ point: shown && [shown.x, shown.y] });
  }

  #down(place, event, field, map) {
    const hit = map.canvas.hit(this.visible, place, this.sceneNow.range);
    const index = hit < 0 ? -1 : this.visible[hit].index;
    if (this.editor.down(place, index)) field.setPointerCapture(event.pointerId);
    else this.#pin(index < 0 ? { ...place, index } : this.points[index]);
  }

  #move([dx, dy], size) {
    const { range } = this.sceneNow;
    const from = this.place ?? this.pinned ?? { x: 0, y: 0 };
    const inside = (value) => Math.min(Math.max(value, -range), range);
    this.#hover({ x: inside(from.x + dx * size), y: inside(from.y + dy * size) });
  }

  #key(key) {
    const place = this.place ?? { x: 0, y: 0 };
    if (key === "Escape") (this.editor.abort(), this.#unpin());
    else if (key === "Enter" && this.editor.on) this.editor.place(place);
    else if (key === "Enter") this.#pin({ ...place, index: -1 });
    else if (this.editor.on && (key === "Delete" || key === "Backspace")) this.editor.remove(this.editor.selected);
    else return false;
    return true;
  }

  #pin({ x, y, index }) {
    this.pinned = { x, y, index };
    this.#points();
    this.#look({ point: [x, y], inside: true });
  }

  #unpin() {
    this.pinned = null;
    this.#points();
    this.#look({ point: this.place && [this.place.x, this.place.y], inside: false });
  }

  #nextDispute() {
    const disputed = this.frameNow?.disputed ?? [];
    if (!disputed.length) return setText(this.readout, "They agree everywhere.");
    this.#pin(this.points[disputed[this.asked++ % disputed.length]]);
  }

  #look(change) {
    this.look = { ...this.look, ...change };
    this.throttle.push(this.look);
  }
}

/** Which part of the data all maps show. */
function axesText({ axes, range }) {
  const ends = ({ center, scale }) => [-range, range].map((end) => tickLabel(rounded(center + end * scale, 2 * range * scale))).join(" to ");
  const part = (axis) => `${axis.name} (${axis.categories.length ? axis.categories.join(", ") : ends(axis)})`;
  return `All maps show ${part(axes[0])} across, ${part(axes[1])} upward.`;
}

/** A value with the decimals that tell a hundredth of a span. */
function rounded(value, span) {
  return Number(value.toFixed(Math.min(Math.max(0, Math.ceil(2 - Math.log10(span))), 12)));
}

/** The name of the category that a place of an axis stands for; undefined where the axis shows numbers. */
function categoryAt(categories, value) {
  return categories[Math.min(Math.max(Math.round(value), 0), categories.length - 1)];
}

/** What an element takes of the height, its margins included; nothing while it is hidden. */
function heightOf(node) {
  const { marginTop, marginBottom } = getComputedStyle(node);
  return node.offsetHeight && node.offsetHeight + parseFloat(marginTop) + parseFloat(marginBottom);
}
