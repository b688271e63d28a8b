/**
 * What the views of points in the plane have in common: output map, key numbers, curves and timeline beside a panel of
 * their own, whose parts a subclass makes, draws and places.
 */

import { Colors } from "./colors.js";
import { ACCURACY, Curves, LOSS, R2 } from "./curves.js";
import { element } from "./element.js";
import { EpochScale } from "./epochscale.js";
import { Goal } from "./goal.js";
import { MapAxes } from "./mapaxes.js";
import { MapEcho } from "./mapecho.js";
import { Numbers, RecordTable } from "./numbers.js";
import { OutputMap } from "./outputmap.js";
import { Pace, Throttle } from "./pace.js";
import { Remarks } from "./remarks.js";
import { Timeline } from "./timeline.js";

const LOOK_INTERVAL_MS = 30;
const REDUCED_INTERVAL_MS = 500;
const NARROW_PX = 760;
const PADDING_PX = 12;
const SIDE_MOST_PX = 820;
const SMALLEST_MAP_PX = 170;
const PROBE_PX = 900; // taller than all that may stand beside the map
const SMALLEST_CURVES_PX = 84;
const STACKED_CURVES_PX = 190;
const CURVES_SHARE = 0.33; // of the height that map and curves share

export class PointsView {
  /**
   * @param {import("./stage.js").Stage} stage @param {number} sideShare of the width for map and curves
   * @param {boolean} hasSteps whether there are moments between two epochs
   */
  constructor(stage, sideShare, hasSteps) {
    Object.assign(this, { stage, sideShare });
    this.looking = { unit: null, point: null };
    this.lookThrottle = new Throttle(LOOK_INTERVAL_MS, (look) => stage.keep({ type: "look", ...look }));
    this.calm = new Pace(REDUCED_INTERVAL_MS);
    const repaint = () => stage.repaint();
    const seek = (epoch) => stage.send({ type: "seek", epoch });
    const epochs = new EpochScale(stage.shows);
    this.map = new OutputMap({ look: (point) => this.look({ point }), choose: (choice) => stage.choose(choice), repaint }, stage.shows);
    this.echo = new MapEcho(this.map, repaint);
    this.numbers = new Numbers({ matrix: true });
    this.curves = new Curves({ seek, repaint }, epochs, stage.shows);
    this.curves.clear.addEventListener("click", () => this.#clearGhost());
    this.timeline = new Timeline(seek, epochs, hasSteps ? (step) => stage.send({ type: "seek", step }) : null);
    this.table = new RecordTable(this.curves.clear);
    this.remarks = new Remarks();
    this.goal = new Goal(stage);
    this.mapPanel = element("div", { class: "panel map-panel" }, this.map.element);
    this.mainPanel = element("div", { class: "panel diagram-panel" });
    this.chartPanel = element("div", { class: "panel chart-panel" },
      this.numbers.element, this.curves.element, this.timeline.element, this.table.element);
    stage.element.classList.add("network");
    stage.element.append(this.mapPanel, this.mainPanel, this.chartPanel, this.echo.element);
  }

  /** Hooks of a subclass: its parts take a new run, colors, a size; `layoutParts` also what stands under the map. */
  showRun(_scene) {}
  recolorParts() {}
  beforeMeasure() {}
  layoutParts(_room) {}
  get isLooking() {
    return Boolean(this.looking.unit || this.map.featureShown);
  }
  get charts() {
    return this.sceneNow.task === "regression" ? [LOSS, R2] : [LOSS, ACCURACY];
  }

  /** A new run is drawn; the run before stays as a ghost when it had been trained. */
  scene({ scene }, before) {
    this.sceneNow = scene;
    const sameTask = before?.scene.task === scene.task;
    this.curves.measure = measureOf(scene);
    if (sameTask && before.scene.run !== scene.run && before.record.length > 1) this.#keepGhost(before.record, measureOf(before.scene));
    else if (before && !sameTask) this.#clearGhost(); // other numbers on other scales
    if (before && mapOf(before.scene) !== mapOf(scene)) this.map.ghost(null); // of other data only the curves can be compared
    this.newest = null;
    this.#recolor();
    this.showRun(scene);
    this.map.scene(scene, this.colors);
    this.numbers.scene(scene);
    this.remarks.scene();
    this.curves.show(this.charts);
    if (this.size) this.layout(this.size); // another number of classes needs other room
  }

  /** Draws what stands around the map; `shown` is the run's frame, or another moment's numbers. */
  drawAround(run, shown, now) {
    this.#followRun(run);
    this.echo.frame(run.frame, now, this.isLooking, run.frame.scrubbed);
    const resized = this.numbers.frame(shown, now);
    this.curves.frame({ frame: shown, record: run.record }, now);
    this.timeline.frame(run.frame);
    this.table.frame(run, now);
    this.remarks.frame(run.frame);
    if (this.goal.frame(run.frame) || resized) this.layout(this.size);
  }

  theme(theme) {
    this.themeNow = theme;
    this.curves.theme(theme);
    if (!this.sceneNow) return;
    this.#recolor();
    this.map.theme(theme, this.colors);
  }

  layout({ width, height }) {
    this.size = { width, height };
    const { scale, thick } = this.stage;
    this.echo.layout(width < NARROW_PX);
    if (width < NARROW_PX) this.#stack(width, scale, thick);
    else this.#sideBySide(width, height, scale, thick);
    this.timeline.layout(this.curves.span, this.curves.surface.width);
  }

  destroy() {
    this.lookThrottle.cancel();
    this.echo.destroy();
  }

  look(change) {
    this.looking = { ...this.looking, ...change };
    this.lookThrottle.push(this.looking);
  }

  /** The words for what is counted here, in all charts. */
  count(words) {
    for (const part of [this.curves, this.timeline, this.goal]) part.count(words);
  }

  /** Map and curves share the height of the right column; what stands around them is measured. */
  #sideBySide(width, height, scale, thick) {
    const side = Math.round(Math.min(Math.max(width * this.sideShare, 400), SIDE_MOST_PX * scale));
    this.stage.element.style.setProperty("--side", `${side}px`);
    this.map.probe(PROBE_PX, scale);
    this.beforeMeasure();
    this.curves.layout(side - 4, 0, scale, thick);
    const around = this.mapPanel.offsetHeight - PROBE_PX + this.chartPanel.offsetHeight - this.table.openHeight;
    const room = height - around - PADDING_PX;
    const curves = Math.max(SMALLEST_CURVES_PX * scale, CURVES_SHARE * room);
    const widest = side - this.map.rail.width - MapAxes.room(scale).left - 12;
    const mapSide = Math.floor(Math.max(SMALLEST_MAP_PX, Math.min(widest, room - curves)));
    this.map.layout(mapSide, scale);
    const below = Math.max(SMALLEST_CURVES_PX * scale, room - mapSide);
    this.curves.layout(side - 4, below, scale, thick);
    this.layoutParts({ width: width - side - 16, height, scale, thick, side: side - 4, below, padding: PADDING_PX });
  }

  #stack(width, scale, thick) {
    this.map.layout(Math.floor(Math.min(width - MapAxes.room(scale).left - 8, 420)), scale);
    const below = STACKED_CURVES_PX * scale;
    this.curves.layout(width - 4, below, scale, thick);
    this.layoutParts({ width: width - 4, height: null, scale, thick, side: width - 4, below, padding: 0 });
  }

  #recolor() {
    this.colors = Colors.of(this.sceneNow.palette, this.themeNow, this.colors);
    this.map.themeNow = this.themeNow;
    this.recolorParts();
  }

  /** What a branch or a rewind leaves behind becomes the ghost. */
  #followRun({ frame, record }) {
    if (record.left) this.#keepGhost(record.left);
    record.left = null;
    const { looked, map, map_class, map_kind } = frame;
    const under = { map: frame.output_map, map_class: frame.output_map_class, map_kind: frame.output_map_kind };
    if (!frame.scrubbed) this.newest = looked ? under : { map, map_class, map_kind };
  }

  /** The curves of a run, and the boundary that it came to. */
  #keepGhost(record, measure) {
    this.map.ghost(this.newest);
    this.curves.setGhost(record, measure);
  }

  #clearGhost() {
    this.map.ghost(null);
    this.curves.setGhost(null);
    this.stage.repaint();
  }
}

/** Losses of two kinds stand on two scales: a network's own, or of trees the squared error against that of probabilities. */
function measureOf({ loss, objective }) {
  return loss ?? String(objective === "squared_error");
}

/** What two runs must have in common for the boundary of one to mean anything on the map of the other. */
function mapOf({ dataset, task, class_names: names, axes }) {
  return JSON.stringify([dataset, task, names, axes]);
}
