/** The view of the Attention page: every head's map, one of them large, what the model says, numbers, curves, timeline. */

import { Bench } from "./bench.js";
import { ALL_FLIPPED, Changes, LAST_OF_ROW, MAX_FLIPS } from "./changes.js";
import { levelsOf } from "./colors.js";
import { ACCURACY, Curves, LOSS } from "./curves.js";
import { EpochScale } from "./epochscale.js";
import { element, setText } from "./element.js";
import { HeadGrid } from "./headgrid.js";
import { HeadMap } from "./headmap.js";
import { Inside } from "./inside.js";
import { Moments } from "./moments.js";
import { Numbers, RecordTable } from "./numbers.js";
import { Pace, Throttle } from "./pace.js";
import { Passage } from "./passage.js";
import { Probe } from "./probe.js";
import { Goal } from "./goal.js";
import { Remarks } from "./remarks.js";
import { Sentence } from "./sentence.js";
import { Timeline } from "./timeline.js";
import { Writing } from "./writing.js";

const LOOK_INTERVAL_MS = 30;
const TEXT_INTERVAL_MS = 100;
const REDUCED_INTERVAL_MS = 500;
const LINK_QUIET_MS = 700; // after the last change of what is shown, until it goes into the link
const NARROW_PX = 760;
const BENCH_PX = 88;
const PROJECTED_MAP_PX = 84; // times the scale of the projector
const LEAST_MAP_PX = [224, 158]; // so that at 1366x768 nothing lies below the window; in a projector times the scale
const CURVES_PX = [100, 64]; // least height of the curves; times the scale, and in a projector with the timeline in sight
const WORDS = { tips: {}, counters: { epoch: ["Epoch", "Epochs so far: 10 updates each, every one on a new batch."] } };
const LEGEND_BAR = "Bar: how much the loss here rises without this head.";
const LEGEND_TIP = "Entropy says how spread out a head looks: 100% at all that it sees alike, 0% at one token only. The loss is that of the sequence shown below, with your changes.";

export function createView(stage) {
  return new AttentionView(stage);
}

class AttentionView {
  constructor(stage) {
    this.stage = stage;
    this.look = { unit: null, point: null, text: "", off: [], inside: false, probe: {} };
    this.lookThrottle = new Throttle(LOOK_INTERVAL_MS, (look) => stage.keep({ type: "look", ...look }));
    this.text = new Pace(TEXT_INTERVAL_MS);
    this.calm = new Pace(REDUCED_INTERVAL_MS);
    this.#makeParts();
    this.headPanel = element("div", { class: "panel head-panel" },
      this.goal.element, this.rule, this.grid.element, this.legend, this.passage.element, this.probe.element, this.sentence.element, this.moments.element);
    this.mapPanel = element("div", { class: "panel map-panel" }, this.map.element);
    this.chartPanel = element("div", { class: "panel chart-panel" },
      this.numbers.element, this.curves.element, this.timeline.element, this.table.element);
    const href = new URL("./attention.css", import.meta.url).href;
    this.style = element("link", { rel: "stylesheet", href, on: { load: () => stage.measure() } });
    stage.element.classList.add("network", "attention");
    stage.element.append(this.style, this.headPanel, this.mapPanel, this.chartPanel, this.bench.element);
  }

  #makeParts() {
    const { stage } = this;
    const seek = (epoch) => stage.send({ type: "seek", epoch });
    this.passage = new Passage();
    this.rule = element("p", { class: "task-rule" });
    this.grid = new HeadGrid((head, chosen) => this.#lookAt(head, chosen), () => this.head && this.#lookAt(this.head));
    this.legend = element("p", { class: "head-legend" });
    const probe = (change) => this.#look({ probe: { ...this.look.probe, ...change } });
    this.map = new HeadMap({
      point: (row, column) => this.sentence.mark(row, column),
      switchHead: (on) => this.#switch(this.look.unit, on),
      join: (joined) => probe({ joined }),
      lines: (lines) => probe({ lines }),
      flip: (head, row, column) => this.#flip([...head, row, column]),
    });
    this.probe = new Probe((change) => this.#look(change));
    this.sentence = new Sentence((place) => probe({ place }));
    this.changes = new Changes({ probe, headsOn: () => this.#look({ off: [] }), opened: (on) => this.#edit(on) });
    this.writing = new Writing(probe);
    this.moments = new Moments((epoch, head) => {
      this.#lookAt(head, true);
      seek(epoch);
    });
    this.inside = new Inside((open) => this.#look({ inside: open }));
    this.remarks = new Remarks();
    this.bench = new Bench([
      { name: "Change it", part: this.changes, tip: "Hide cells of the mask, change the softmax temperature, swap tokens. Watch the output beside the original." },
      { name: "What comes next", part: this.writing, tip: "The next token over the whole vocabulary. Let the model write, and see the tree of a beam search." },
      { name: "Step through this head", part: this.inside, tip: "Every matrix of this head with its real numbers, and what each number was computed from." },
    ], () => stage.repaint(), this.remarks.element);
    this.goal = new Goal(stage);
    this.numbers = new Numbers();
    const epochs = new EpochScale(stage.shows);
    this.curves = new Curves({ seek, repaint: () => stage.repaint() }, epochs, stage.shows);
    this.curves.clear.addEventListener("click", () => this.curves.setGhost(null));
    this.timeline = new Timeline(seek, epochs, (step) => stage.send({ type: "seek", step }));
    this.table = new RecordTable(this.curves.clear);
  }

  /** A new run is drawn; the curves of a run of the same task stay as a ghost. */
  scene({ scene }, before) {
    this.sceneNow = scene;
    this.stage.rename(WORDS);
    if (!before) this.#adopt(scene);
    const sameTask = before && before.scene.rule === scene.rule;
    if (sameTask && before.scene.run !== scene.run && before.record.length > 1) this.curves.setGhost(before.record);
    else if (before && !sameTask) this.curves.setGhost(null);
    if (this.look.unit?.[0] >= scene.layers || this.look.unit?.[1] >= scene.heads) this.#lookAt([0, 0]);
    if (this.head?.[0] >= scene.layers || this.head?.[1] >= scene.heads) this.head = null;
    if (before && shapeOf(before.scene) !== shapeOf(scene)) this.#look({ off: [], probe: { ...this.look.probe, flips: [], swap: null, place: null } });
    this.passage.scene(scene);
    this.levels = levelsOf(scene.palette.sequential);
    setText(this.rule, `${scene.rule} ${scene.form === "decoder" ? "Each token sees only those before it." : "Each token sees all others."} ${scene.test_note}`);
    this.grid.show(scene, this.look.unit ?? [0, 0]);
    this.map.scene(scene);
    this.sentence.scene(scene);
    this.probe.scene(scene);
    this.inside.scene(scene);
    this.changes.scene(scene);
    this.writing.scene(scene);
    this.remarks.scene();
    this.#nameNumbers(scene);
    this.entropy = entropyChart(scene);
    this.curves.show([LOSS, ACCURACY, this.entropy]);
    if (this.size) this.layout(this.size);
  }

  /** Draws what is new. Returns true when it wants another call although no message may come. */
  frame({ frame, record }, now) {
    if (frame.refused.length) this.#refuse(frame.refused);
    if (!this.look.unit) this.#lookAt(frame.looked); // the first frame shows the head that matters most
    const playing = frame.status === "playing";
    const pictures = !(playing && this.stage.reducedMotion) || this.calm.due(now);
    if (pictures) {
      this.grid.frame(frame, this.levels);
      this.map.frame(frame, this.look.unit, this.levels, this.themeNow, this.look);
    }
    if (!playing || this.text.due(now)) {
      this.sentence.frame(frame);
      this.passage.frame(frame);
      this.moments.frame(frame);
      this.probe.frame(frame);
      this.inside.frame(frame, this.look.unit, this.themeNow, this.levels);
      this.changes.frame(frame, this.look.probe);
      this.writing.frame(frame);
    }
    this.numbers.frame(frame, now);
    this.curves.moments = frame.moments;
    this.curves.frame({ frame, record }, now);
    this.timeline.frame(frame);
    this.timeline.mark(frame.moments.map(({ layer, head, epoch }) => ({ epoch, text: `Layer ${layer + 1}, head ${head + 1} begins to look at something` })));
    this.table.frame({ frame, record: withoutDetails(record) }, now);
    this.remarks.frame(frame);
    if (this.goal.frame(frame)) this.layout(this.size);
    return false;
  }

  theme(theme) {
    this.themeNow = theme;
    this.curves.theme(theme);
    this.map.forget();
  }

  layout(size) {
    this.size = size;
    const { width, height } = size;
    const { scale, thick } = this.stage;
    const narrow = width < NARROW_PX;
    const side = narrow ? width : Math.round(Math.min(Math.max(width * 0.43, 400), 760));
    const least = this.stage.projector ? LEAST_MAP_PX[1] * scale : LEAST_MAP_PX[0];
    const mapSide = Math.floor(Math.min(side - 8, narrow ? 440 : Math.max(least, height - 300 * scale - BENCH_PX)));
    this.map.layout(mapSide, scale, side - 8);
    this.inside.layout(scale);
    this.stage.element.style.setProperty("--side", `${side}px`);
    const used = mapSide + 96 * scale + 66 * scale + 36 + 34 + 30 + BENCH_PX;
    this.curves.layout(side - 4, narrow ? 190 * scale : Math.max(CURVES_PX[Number(this.stage.projector)] * scale, height - used), scale, thick);
    this.grid.layout(narrow ? width : width - side - 24, narrow ? 420 : height - (this.passage.element.hidden ? 258 : 378) * scale - BENCH_PX - this.goal.element.offsetHeight, this.stage.projector ? PROJECTED_MAP_PX * scale : 60, scale);
    setText(this.legend, `${this.grid.legend} ${LEGEND_BAR}`);
    this.legend.dataset.tip = `${this.grid.signs} ${LEGEND_TIP}`;
    this.timeline.layout(this.curves.span, this.curves.surface.width);
    this.map.forget();
  }

  destroy() {
    this.lookThrottle.cancel();
    this.writing.stop();
    clearTimeout(this.linkTimer);
  }

  /** @param {boolean} chosen by a press or with the keys, so that the link carries it; not only pointed at */
  #lookAt(head, chosen = false) {
    if (chosen) this.head = head;
    this.grid.select(head);
    if (this.entropy) this.entropy.chosen = head[0] * this.sceneNow.heads + head[1];
    this.curves.again();
    this.#look({ unit: head });
  }

  /** While the map is edited it stands beside what its changes do. */
  #edit(on) {
    this.map.editing = on;
    this.bench.element.classList.toggle("with-map", on);
    if (on) this.bench.head.after(this.mapPanel);
    else this.chartPanel.before(this.mapPanel);
  }

  #switch(head, on) {
    const others = this.look.off.filter((other) => other.join() !== head.join());
    this.#look({ off: on ? others : [...others, head] });
  }

  /** Turns a cell of the mask around, or says why not. */
  #flip(cell) {
    const { flips = [] } = this.look.probe;
    const others = without(flips, [cell]);
    const full = others.length === MAX_FLIPS;
    this.#look({ probe: { ...this.look.probe, flips: full || others.length < flips.length ? others : [...others, cell], place: cell[2] } });
    if (full) this.changes.warning = ALL_FLIPPED;
  }

  /** What the server has refused is no wish any more. */
  #refuse(refused) {
    const { flips = [] } = this.look.probe;
    const left = without(flips, refused);
    if (left.length === flips.length) return;
    this.#look({ probe: { ...this.look.probe, flips: left } });
    this.changes.warning = LAST_OF_ROW;
  }

  #look(change) {
    if (change.probe || change.off) this.changes.warning = "";
    this.look = { ...this.look, ...change };
    this.lookThrottle.push(this.look);
    this.stage.repaint();
    if (JSON.stringify(this.#tried()) === this.linked) return;
    clearTimeout(this.linkTimer);
    this.linkTimer = setTimeout(() => this.#link(), LINK_QUIET_MS);
  }

  /** Takes over what the link tries on the shown sequence. */
  #adopt({ n_tokens: n, tried: { text, off, unit, place, flips, swap, ...changes } }) {
    const there = flips.filter((cell) => cell[2] < n && cell[3] < n);
    const pair = swap?.every((k) => k < n) ? swap : null;
    this.probe.show(text, there.length < flips.length || Boolean(swap && !pair) || place >= n ? n : 0);
    this.head = unit;
    this.look = { ...this.look, text, off, unit, probe: { ...changes, flips: there, swap: pair, place: place < n ? place : null } };
    this.linked = JSON.stringify(this.#tried());
    this.lookThrottle.push(this.look);
  }

  /** Writes what is tried into the link. */
  #link() {
    this.linked = JSON.stringify(this.#tried());
    this.stage.choose({ show: this.#tried() });
  }

  /** What is tried on the shown sequence, in the words of the link: heads and places count from one. */
  #tried() {
    const { text, off, probe: { flips = [], swap, softmax_temperature: temperature = 1, joined = "head", place } } = this.look;
    const fromOne = (numbers) => numbers.map((number) => number + 1).join(".");
    return { own_input: text, heads_off: off.map(fromOne), mask_flips: flips.map(fromOne), swap: swap ? fromOne(swap) : "", softmax_temperature: temperature,
      head: this.head ? fromOne(this.head) : "", joined, place: Number.isInteger(place) ? place + 1 : 0 };
  }

  #nameNumbers(scene) {
    const { numbers } = this;
    numbers.scene(scene);
    numbers.train.node.dataset.tip = "Mean cross-entropy of each asked token, in nats, on the training batch that comes next, before it is learned from.";
    numbers.test.node.dataset.tip = "The same on sequences that are never trained on.";
    numbers.score.node.dataset.tip = scene.baselines
      ? `The share of characters in ${scene.n_test} test passages that are said right.`
      : `The share of ${scene.n_test} test sequences with every token right.`;
  }
}

/** Changes by hand belong to the places of one task and to the heads of one model. */
function shapeOf(scene) {
  return `${scene.rule} ${scene.form} ${scene.n_tokens} ${scene.layers} ${scene.heads}`;
}

/** Mask cells but for some of them. */
function without(cells, some) {
  const names = some.map(String);
  return cells.filter((cell) => !names.includes(String(cell)));
}

/** The record without its columns of single heads and positions, which the view shows elsewhere. */
function withoutDetails(record) {
  const names = record.names.filter((name) => !/_\d+$/.test(name));
  return Object.create(record, { names: { value: names } });
}

/** How spread out each head looks, over time: the color of its number in the layer, dashed from the fifth on. */
function entropyChart({ layers, heads, palette }) {
  const lines = Array.from({ length: layers * heads }, (_, k) => {
    const [layer, head] = [Math.floor(k / heads), k % heads];
    return { name: `entropy_${layer}_${head}`, label: `layer ${layer + 1}, head ${head + 1}`, short: `L${layer + 1} H${head + 1}`, color: palette.classes[head % 4], dash: head > 3 ? [5, 3] : [] };
  });
  return { key: "entropy", label: "Entropy", train: "", test: "", share: true, lines, chosen: 0 };
}
