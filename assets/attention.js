/** The view of the Attention page: every head's map, one of them large, what the model says, numbers, curves, timeline. */

import { along, parseColor } from "./colors.js";
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
import { Remarks } from "./remarks.js";
import { Sentence } from "./sentence.js";
import { Timeline } from "./timeline.js";

const LOOK_INTERVAL_MS = 30;
const TEXT_INTERVAL_MS = 100;
const REDUCED_INTERVAL_MS = 500;
const NARROW_PX = 760;
const LEVELS = 256;
const EXACT = { ...ACCURACY, label: "Exact sequences" };
const CHARACTERS = { ...ACCURACY, label: "Characters right" };

export function createView(stage) {
  return new AttentionView(stage);
}

class AttentionView {
  constructor(stage) {
    this.stage = stage;
    this.look = { unit: [0, 0], point: null, text: "", off: [], inside: false };
    this.lookThrottle = new Throttle(LOOK_INTERVAL_MS, (look) => stage.keep({ type: "look", ...look }));
    this.text = new Pace(TEXT_INTERVAL_MS);
    this.calm = new Pace(REDUCED_INTERVAL_MS);
    this.#makeParts();
    this.headPanel = element("div", { class: "panel head-panel" },
      this.rule, this.grid.element, this.passage.element, this.probe.element, this.sentence.element, this.moments.element, this.remarks.element);
    this.mapPanel = element("div", { class: "panel map-panel" }, this.map.element);
    this.chartPanel = element("div", { class: "panel chart-panel" },
      this.numbers.element, this.curves.element, this.timeline.element, this.table.element);
    const href = new URL("./attention.css", import.meta.url).href;
    this.style = element("link", { rel: "stylesheet", href, on: { load: () => stage.measure() } });
    stage.element.classList.add("network", "attention");
    stage.element.append(this.style, this.headPanel, this.mapPanel, this.chartPanel, this.inside.element);
  }

  #makeParts() {
    const { stage } = this;
    const seek = (epoch) => stage.send({ type: "seek", epoch });
    this.passage = new Passage();
    this.rule = element("p", { class: "task-rule" });
    this.grid = new HeadGrid((head) => this.#lookAt(head));
    this.map = new HeadMap({ point: (row, column) => this.sentence.mark(row, column), switchHead: (head, on) => this.#switch(head, on) });
    this.probe = new Probe((change) => this.#look(change));
    this.sentence = new Sentence();
    this.moments = new Moments((epoch, head) => {
      this.#lookAt(head);
      seek(epoch);
    });
    this.inside = new Inside((open) => this.#look({ inside: open }));
    this.remarks = new Remarks();
    this.numbers = new Numbers();
    const epochs = new EpochScale();
    this.curves = new Curves({ seek, repaint: () => stage.repaint() }, epochs);
    this.curves.clear.addEventListener("click", () => this.curves.setGhost(null));
    this.timeline = new Timeline(seek, epochs);
    this.table = new RecordTable();
  }

  /** A new run is drawn; the curves of a run of the same task stay as a ghost. */
  scene({ scene }, before) {
    this.sceneNow = scene;
    const sameTask = before && before.scene.rule === scene.rule;
    if (sameTask && before.scene.run !== scene.run && before.record.length > 1) this.curves.setGhost(before.record);
    else if (before && !sameTask) this.curves.setGhost(null);
    if (this.look.unit[0] >= scene.layers || this.look.unit[1] >= scene.heads) this.#lookAt([0, 0]);
    this.passage.scene(scene);
    this.levels = levelsOf(scene.palette.sequential);
    setText(this.rule, `${scene.rule} ${scene.form === "decoder" ? "Each token sees only those before it." : "Each token sees all others."}`);
    this.grid.show(scene, this.look.unit);
    this.map.scene(scene);
    this.sentence.scene(scene);
    this.probe.scene(scene);
    this.inside.scene(scene);
    this.remarks.scene();
    this.#nameNumbers(scene);
    this.curves.show([LOSS, scene.baselines ? CHARACTERS : EXACT]);
    if (this.size) this.layout(this.size);
  }

  /** Draws what is new. Returns true when it wants another call although no message may come. */
  frame({ frame, record }, now) {
    const playing = frame.status === "playing";
    const pictures = !(playing && this.stage.reducedMotion) || this.calm.due(now);
    if (pictures) {
      this.grid.frame(frame, this.levels);
      this.map.frame(frame, this.look.unit, this.levels, this.themeNow);
    }
    if (!playing || this.text.due(now)) {
      this.sentence.frame(frame);
      this.passage.frame(frame);
      this.moments.frame(frame);
      this.probe.frame(frame);
      this.inside.frame(frame, this.look.unit, this.themeNow, this.levels);
    }
    this.numbers.frame(frame, now);
    this.curves.frame({ frame, record }, now);
    this.timeline.frame(frame);
    this.table.frame({ frame, record: withoutDetails(record) }, now);
    this.remarks.frame(frame);
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
    const scale = this.stage.projector ? Math.max(1, (innerHeight * 0.026) / 14) : 1;
    const thick = this.stage.projector ? 2 : 1;
    const narrow = width < NARROW_PX;
    const side = narrow ? width : Math.round(Math.min(Math.max(width * 0.43, 400), 760));
    const mapSide = Math.floor(Math.min(side - 8, narrow ? 440 : Math.max(240, height - 300 * scale)));
    this.map.layout(mapSide, scale);
    this.stage.element.style.setProperty("--side", `${side}px`);
    const used = mapSide + 60 * scale + 66 * scale + 36 + 34 + 30;
    this.curves.layout(side - 4, narrow ? 190 * scale : Math.max(100 * scale, height - used), scale, thick);
    this.grid.layout(narrow ? width : width - side - 24, narrow ? 420 : height - (this.passage.element.hidden ? 230 : 350) * scale);
    this.timeline.layout(this.curves.span, this.curves.surface.width);
    this.map.forget();
  }

  destroy() {
    this.lookThrottle.cancel();
  }

  #lookAt(head) {
    this.grid.select(head);
    this.#look({ unit: head });
  }

  #switch(head, on) {
    const others = this.look.off.filter((other) => other.join() !== head.join());
    this.#look({ off: on ? others : [...others, head] });
  }

  #look(change) {
    this.look = { ...this.look, ...change };
    this.lookThrottle.push(this.look);
    this.stage.repaint();
  }

  #nameNumbers(scene) {
    const { numbers } = this;
    numbers.scene(scene);
    setText(numbers.score.name, scene.baselines ? CHARACTERS.label : EXACT.label);
    numbers.train.node.dataset.tip = "Mean cross-entropy of each asked token, in nats, on new sequences that were never seen.";
    numbers.test.node.dataset.tip = "The same on sequences that are never trained on.";
    numbers.score.node.dataset.tip = scene.baselines
      ? `The share of characters in ${scene.n_test} test passages that are said right.`
      : `The share of ${scene.n_test} test sequences with every token right.`;
  }
}

/** The record without its columns of single heads and positions, which the view shows elsewhere. */
function withoutDetails(record) {
  const names = record.names.filter((name) => !/_\d+$/.test(name));
  return Object.create(record, { names: { value: names } });
}

/** Bytes to pixels along a map of colors. */
function levelsOf(stops) {
  const colors = stops.map(parseColor);
  return Uint32Array.from({ length: LEVELS }, (_, level) => {
    const [r, g, b] = along(colors, level / (LEVELS - 1)).map(Math.round);
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}
