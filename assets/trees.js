/** The view of the Trees page: pictures of trees, one tree's inside, output map, numbers, curves, timeline. */

import { Colors } from "./colors.js";
import { ACCURACY, Curves, LOSS, R2 } from "./curves.js";
import { element, setText } from "./element.js";
import { EpochScale } from "./epochscale.js";
import { loss, percent } from "./format.js";
import { MapAxes } from "./mapaxes.js";
import { Numbers, RecordTable } from "./numbers.js";
import { OutputMap } from "./outputmap.js";
import { Pace, Throttle } from "./pace.js";
import { Goal, Remarks } from "./remarks.js";
import { SplitChart } from "./splitchart.js";
import { Timeline } from "./timeline.js";
import { TreeDiagram } from "./treediagram.js";
import { AFTER, NODE, TREE, TreeStrip, treeName } from "./treestrip.js";

const LOOK_INTERVAL_MS = 30;
const REDUCED_INTERVAL_MS = 500;
const FACTS_INTERVAL_MS = 200;
const NARROW_PX = 760;
const PADDING_PX = 12;
const SIDE_SHARE = 0.45; // of the width for map and curves
const SIDE_MOST_PX = 820;
const SMALLEST_MAP_PX = 170;
const PROBE_PX = 900; // taller than all that may stand beside the map
const SMALLEST_CURVES_PX = 100;
const CURVES_SHARE = 0.33; // of the height that map and curves share
const STRIP_SHARE = 0.34; // of the height for the pictures of trees
const HINT = "Point at a tree: what it says by itself, and the gradients it was fitted to as the size of the points. Point at a +: all trees so far. A click keeps it in sight.";

export function createView(stage) {
  return new TreesView(stage);
}

class TreesView {
  constructor(stage) {
    this.stage = stage;
    this.look = { unit: null, point: null };
    this.lookThrottle = new Throttle(LOOK_INTERVAL_MS, (look) => stage.keep({ type: "look", ...look }));
    this.calm = new Pace(REDUCED_INTERVAL_MS);
    this.factsPace = new Pace(FACTS_INTERVAL_MS);
    this.#makeParts();
    this.note = element("div", { class: "looked-note", role: "status" });
    this.facts = element("div", { class: "tree-facts" });
    this.mapPanel = element("div", { class: "panel map-panel" }, this.map.element);
    this.treePanel = element("div", { class: "panel diagram-panel" },
      this.goal.element, this.strip.element, this.note, this.facts, this.diagram.element, this.remarks.element);
    this.chartPanel = element("div", { class: "panel chart-panel" },
      this.numbers.element, this.split.element, this.curves.element, this.timeline.element, this.table.element);
    const style = element("link", { rel: "stylesheet", href: new URL("./trees.css", import.meta.url).href });
    style.addEventListener("load", () => this.size && this.layout(this.size));
    stage.element.classList.add("network", "trees"); // the same places on the screen as a network's
    stage.element.append(style, this.mapPanel, this.treePanel, this.chartPanel);
  }

  #makeParts() {
    const { stage } = this;
    const repaint = () => stage.repaint();
    const seek = (epoch) => stage.send({ type: "seek", epoch });
    const epochs = new EpochScale();
    this.strip = new TreeStrip((unit) => this.#look({ unit }));
    this.diagram = new TreeDiagram({ outline: (box) => this.#outline(box), choose: (node, t) => this.#choose(node, t) });
    this.split = new SplitChart(() => this.strip.tell());
    this.map = new OutputMap({ look: (point) => this.#look({ point }), choose: (choice) => stage.choose(choice), repaint });
    this.map.nameOf = (kind, t) => (kind === AFTER ? `All trees up to ${t + 1}` : treeName(t, this.sceneNow));
    this.map.hint = "Point at the map to send one sample through all trees.";
    this.region = element("div", { class: "map-region", hidden: true });
    this.map.field.append(this.region);
    this.numbers = new Numbers();
    this.curves = new Curves({ seek, repaint }, epochs);
    this.curves.unit = "trees";
    this.curves.clear.addEventListener("click", () => this.#clearGhost());
    this.timeline = new Timeline(seek, epochs);
    this.table = new RecordTable();
    this.remarks = new Remarks();
    this.goal = new Goal();
  }

  /** A new run is drawn; the run before stays as a ghost when it had trees. */
  scene({ scene }, before) {
    this.sceneNow = scene;
    this.#rename();
    const sameData = before && before.scene.task === scene.task;
    if (sameData && before.scene.run !== scene.run && before.record.length > 1) {
      this.map.ghost(before.frame);
      this.curves.setGhost(before.record);
    } else if (before && !sameData) this.#clearGhost();
    this.#recolor();
    this.strip.scene(scene);
    this.diagram.scene(scene);
    this.split.scene(scene);
    this.#outline(null);
    this.map.scene(scene, this.colors);
    this.numbers.scene(scene);
    this.remarks.scene();
    this.curves.show(scene.task === "regression" ? [LOSS, R2] : [LOSS, ACCURACY]);
    if (this.size) this.layout(this.size);
  }

  /** Draws what is new. Returns true when it wants another call although no message may come. */
  frame({ frame, record }, now) {
    const playing = frame.status === "playing";
    const pictures = !(playing && this.stage.reducedMotion) || this.calm.due(now);
    if (pictures) this.strip.frame(frame);
    this.diagram.frame(frame);
    const waiting = this.map.frame(frame, now, pictures);
    this.#sizes(frame);
    const searching = this.split.frame(frame);
    this.curves.element.hidden = this.timeline.element.hidden = searching;
    const shown = this.#shown(frame, record);
    this.numbers.frame(shown, now);
    this.curves.frame({ frame: shown, record }, now);
    this.timeline.frame(frame);
    this.table.frame({ frame, record }, now);
    this.#note(shown);
    if (!playing || this.factsPace.due(now)) this.#facts(frame);
    this.remarks.frame(frame);
    if (this.goal.frame(frame)) this.layout(this.size);
    return waiting;
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
    const scale = this.stage.projector ? Math.max(1, (innerHeight * 0.026) / 14) : 1;
    const thick = this.stage.projector ? 2 : 1;
    if (width < NARROW_PX) this.#stack(width, scale, thick);
    else this.#sideBySide(width, height, scale, thick);
    this.timeline.layout(this.curves.span, this.curves.surface.width);
  }

  destroy() {
    this.lookThrottle.cancel();
  }

  /** Map and curves share the height of the right column; what stands around them is measured. */
  #sideBySide(width, height, scale, thick) {
    const side = Math.round(Math.min(Math.max(width * SIDE_SHARE, 400), SIDE_MOST_PX * scale));
    this.stage.element.style.setProperty("--side", `${side}px`);
    this.map.layout(PROBE_PX, scale);
    this.curves.element.hidden = this.timeline.element.hidden = false;
    this.split.element.hidden = true; // shown again by the next frame
    this.curves.layout(side - 4, 0, scale, thick);
    const around = this.mapPanel.offsetHeight - PROBE_PX + this.chartPanel.offsetHeight - this.table.openHeight;
    const room = height - around - PADDING_PX;
    const curves = Math.max(SMALLEST_CURVES_PX * scale, CURVES_SHARE * room);
    const widest = side - this.map.rail.width - MapAxes.room(scale).left - 12;
    const mapSide = Math.floor(Math.max(SMALLEST_MAP_PX, Math.min(widest, room - curves)));
    this.map.layout(mapSide, scale);
    const below = Math.max(SMALLEST_CURVES_PX * scale, room - mapSide);
    this.curves.layout(side - 4, below, scale, thick);
    this.split.layout(side - 4, below + this.timeline.element.offsetHeight + 30 * scale, scale);
    this.treePanel.style.height = `${height}px`;
    const wide = width - side - 16;
    this.strip.layout(wide, height * STRIP_SHARE, scale);
    this.diagram.layout(wide, scale);
  }

  #stack(width, scale, thick) {
    this.map.layout(Math.floor(Math.min(width - MapAxes.room(scale).left - 8, 420)), scale);
    this.curves.layout(width - 4, 190 * scale, scale, thick);
    this.split.layout(width - 4, 220 * scale, scale);
    this.treePanel.style.height = "";
    this.strip.layout(width - 4, Infinity, scale);
    this.diagram.layout(width - 4, scale);
  }

  #recolor() {
    this.colors = new Colors(this.sceneNow.palette, this.themeNow);
    this.strip.theme(this.colors);
    this.diagram.theme(this.colors);
    this.split.theme(this.themeNow, this.colors);
    this.map.themeNow = this.themeNow;
  }

  /** Points as large as their gradients while a tree is looked at, all alike else. */
  #sizes({ point_sizes: sizes }) {
    const { map } = this;
    if (!map.points || !map.side || (this.sizesDrawn === sizes && this.pointsDrawn === map.points)) return;
    Object.assign(this, { sizesDrawn: sizes, pointsDrawn: map.points });
    for (const point of map.points) point.size = sizes ? sizes[point.index] : 1;
    map.canvas.drawPoints(map.visible, this.sceneNow.range);
  }

  /** The frame with the losses of the moment looked at: a "+" is a place on the curves. */
  #shown(frame, record) {
    if (frame.looked?.[0] !== AFTER) return frame;
    const epoch = Math.floor(frame.looked[1] / this.sceneNow.trees_per_round) + 1;
    const row = record.rowOf(epoch);
    const then = Object.fromEntries(record.names.slice(2).map((name) => [name, record.at(name, row)]));
    return { ...frame, ...then, epoch };
  }

  #note({ looked, train_loss: train, test_loss: test }) {
    const [kind, t] = looked ?? [];
    if (kind === TREE) setText(this.note, `${treeName(t, this.sceneNow)} by itself. Points are as large as the gradients it was fitted to: it looks hardest where the trees before it were most wrong.`);
    else if (kind === AFTER) setText(this.note, `After tree ${t + 1}: training loss ${loss(train)}, test loss ${loss(test)}. Points are as large as the gradients that the next tree is fitted to.`);
    else setText(this.note, HINT);
  }

  /** The best number of trees so far, and how much the trees ask about each feature. */
  #facts({ best, importance, n_built: nBuilt }) {
    const { axes } = this.sceneNow;
    const shares = (kind) => axes.map((axis, k) => `${axis.name} ${percent(importance[kind][k])}`).join(", ");
    const asked = importance && nBuilt ? [`Importance by gain: ${shares("gain")}; by number of splits: ${shares("weight")}.`] : [];
    const lowest = nBuilt ? [`Lowest test loss: ${loss(best.test_loss)} with ${best.epoch} trees.`] : [];
    setText(this.facts, [...lowest, ...asked].join(" "));
  }

  /** What the transport bar counts here is trees (rounds of them, with several classes). */
  #rename() {
    const word = this.sceneNow.trees_per_round > 1 ? "Rounds" : "Trees";
    for (const [place, text] of [["epoch", word], ["rate", `${word}/s`]]) {
      const name = this.stage.root.querySelector(`.counter.${place} dt`);
      if (name) setText(name, text);
    }
  }

  /** A node's rectangle on the map: left, right, bottom, top in map units. */
  #outline(box) {
    this.region.hidden = !box;
    if (!box) return;
    const { range } = this.sceneNow;
    const share = (value) => `${(50 * (value + range)) / range}%`;
    const [left, right, bottom, top] = box;
    Object.assign(this.region.style, {
      left: share(left), width: share(right - left - range), top: share(-top), height: share(top - bottom - range),
    });
  }

  /** Opens the search at a node, or closes it when it is open. */
  #choose(node, t) {
    const unit = [NODE + node, t];
    if (this.look.unit?.join() === unit.join()) this.strip.tell();
    else this.#look({ unit });
  }

  #look(change) {
    this.look = { ...this.look, ...change };
    this.lookThrottle.push(this.look);
  }

  #clearGhost() {
    this.map.ghost(null);
    this.curves.setGhost(null);
    this.stage.repaint();
  }
}
