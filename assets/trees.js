/** The view of the Trees page: pictures of trees, one tree's inside, output map, numbers, curves, timeline. */

import { element } from "./element.js";
import { Importance } from "./importance.js";
import { NodeRegion } from "./noderegion.js";
import { Pace } from "./pace.js";
import { PointsView } from "./pointsview.js";
import { SplitChart } from "./splitchart.js";
import { TreeDiagram } from "./treediagram.js";
import { TreeStory } from "./treestory.js";
import { AFTER, NODE, TreeStrip, treeName } from "./treestrip.js";
import { ROUNDS, TREES } from "./words.js";

const SIDE_SHARE = 0.45; // of the width for map and curves
const STRIP_SHARE = 0.34; // of the height for the pictures of trees
const DIAGRAM_INTERVAL_MS = 120; // between diagrams while trees are added: none can be read faster
const OUTSIDE_SIZE = 0.45; // of points that do not reach the node looked at
const TIPS = {
  rewind: "Back to no tree at all. Watch that the run repeats itself exactly.",
  reset: "Another seed for what is left to chance. With both samples at 100% nothing is, and the trees stay the same.",
  step: "Adds one tree. Watch which points were wrong before: that is what it is fitted to.",
  play: "Adds one tree after another. Watch both losses fall and the trees turn paler: less and less is left to fit.",
  pause: "Stops adding trees; nothing is lost. Point at trees, plus signs and places to look closely.",
  branch: "Forgets every later tree. Watch Play build the same ones again: on the way only the choice when to stop can change.",
  newest: "Leaves the past and shows all trees again.",
  speed: "Trees a second. Slow shows what each tree adds; max builds as fast as the machine can.",
};

export function createView(stage) {
  return new TreesView(stage);
}

class TreesView extends PointsView {
  constructor(stage) {
    super(stage, SIDE_SHARE, false);
    this.regions = [new NodeRegion(), new NodeRegion()]; // on the map and on its copy
    this.strip = new TreeStrip((unit) => this.look({ unit }));
    this.diagramPace = new Pace(DIAGRAM_INTERVAL_MS);
    this.story = new TreeStory((off) => this.#size(off));
    this.diagram = new TreeDiagram({ node: (node) => this.#node(node), choose: (node, t) => this.strip.search([NODE + node, t]) });
    this.split = new SplitChart((event) => this.#close(event));
    this.importance = new Importance((inside) => this.look({ inside }));
    this.map.nameOf = (kind, t) => (kind === AFTER ? `All trees up to ${t + 1}` : treeName(t, this.sceneNow));
    this.map.hint = "Point at the map: how one point gets its score, tree by tree.";
    [this.map.field, this.echo.field].forEach((field, k) => field.append(this.regions[k].element));
    this.mainPanel.append(this.goal.element, this.strip.element, this.story.element, this.diagram.element, this.remarks.element);
    this.numbers.element.after(this.split.element);
    const style = element("link", { rel: "stylesheet", href: new URL("./trees.css", import.meta.url).href });
    style.addEventListener("load", () => this.size && this.layout(this.size));
    stage.element.classList.add("trees");
    stage.element.prepend(style);
  }

  get isLooking() {
    return super.isLooking || Boolean(this.nodeNow);
  }

  get charts() {
    return [...super.charts, this.importance.chart];
  }

  showRun(scene) {
    const rounds = scene.trees_per_round > 1;
    const [name, tip] = rounds ? ["Rounds", "Rounds so far; each adds one tree for every class."] : ["Trees", "Trees added so far."];
    this.count(rounds ? ROUNDS : TREES);
    this.stage.rename({ tips: TIPS, counters: {
      epoch: [name, tip], time: ["Time", "Time spent adding trees."], rate: [`${name}/s`, "How fast trees are added right now."],
    } });
    for (const part of [this.strip, this.story, this.diagram, this.split, this.importance]) part.scene(scene);
    this.#node(null);
  }

  /** Draws what is new. Returns true when it wants another call although no message may come. */
  frame(run, now) {
    const { frame, record } = run;
    const playing = frame.status === "playing";
    const pictures = !(playing && this.stage.reducedMotion) || this.calm.due(now);
    this.frameNow = frame;
    if (pictures) this.strip.frame(frame);
    if (!playing || this.diagramPace.due(now)) this.diagram.frame(frame);
    const waiting = this.map.frame(frame, now, pictures);
    this.#sizes(frame);
    const searching = this.split.frame(frame);
    this.#besides(searching);
    const shown = this.#shown(frame, record);
    this.story.frame(frame, shown);
    this.importance.frame(frame);
    this.drawAround(run, shown, now);
    return waiting;
  }

  recolorParts() {
    this.strip.theme(this.colors);
    this.diagram.theme(this.colors);
    this.story.theme(this.themeNow, this.colors);
    this.split.theme(this.themeNow, this.colors);
  }

  beforeMeasure() {
    this.#besides(false);
    this.split.element.hidden = true; // shown again by the next frame
  }

  layoutParts({ width, height: whole, scale, side, below, padding }) {
    const height = whole && whole - padding;
    const hidden = this.numbers.element.offsetHeight + (height ? this.timeline.element.offsetHeight : 0);
    this.split.layout(side, below + hidden + 30 * scale, scale);
    this.mainPanel.style.height = height ? `${height}px` : "";
    this.strip.layout(width, height ? height * STRIP_SHARE : Infinity, scale);
    this.story.layout(width, scale);
    this.diagram.layout(width, scale, Boolean(height));
  }

  /** The search takes the place of what tells of all trees: its bars need the height. */
  #besides(searching) {
    for (const part of [this.numbers, this.curves, this.timeline]) part.element.hidden = searching;
  }

  /** What the next tree is fitted to, where nothing is looked at; nothing, where that is to end. */
  #size(off) {
    if (off || !this.frameNow.gradient_sizes) this.strip.pin(off ? null : [AFTER, this.frameNow.n_built - 1]);
    this.stage.repaint();
  }

  /** Closes the search. Who does so by keyboard goes on at its node. */
  #close({ detail: presses }) {
    this.strip.search(null);
    if (!presses) this.diagram.focus();
  }

  /** Points as large as their gradients (or hessians) while trees are looked at; those of a node while it is. */
  #sizes(frame) {
    const { map, nodeNow } = this;
    const sizes = frame[`${this.story.shown}_sizes`];
    const key = [sizes, map.points, nodeNow];
    if (!map.points || !map.side || key.every((part, k) => part === this.sizesDrawn?.[k])) return;
    this.sizesDrawn = key;
    for (const point of map.points) {
      point.size = sizes ? sizes[point.index] : 1;
      if (nodeNow && !nodeNow.leaves.has(frame.tree_leaves[point.index])) point.size = OUTSIDE_SIZE;
    }
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

  /** The node of the diagram that is looked at, or null: its part of the map and its points. */
  #node(node) {
    this.nodeNow = node;
    for (const region of this.regions) region.show(node?.corners ?? null, this.sceneNow.range);
    this.stage.repaint();
  }
}
