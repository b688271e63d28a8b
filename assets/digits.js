/** The view of the Digits page: what the network says of the drawing, every layer, numbers, curves, mistakes. */

import { Change } from "./change.js";
import { ACCURACY, Curves, LOSS } from "./curves.js";
import { element, setText } from "./element.js";
import { EpochScale } from "./epochscale.js";
import { FeatureMaps } from "./featuremaps.js";
import { count } from "./format.js";
import { Guess } from "./guess.js";
import { KernelEditor } from "./kerneleditor.js";
import { Mistakes } from "./mistakes.js";
import { Numbers, RecordTable } from "./numbers.js";
import { OwnDrawings } from "./owndrawings.js";
import { Pace, Throttle } from "./pace.js";
import { Readers } from "./readers.js";
import { Goal } from "./goal.js";
import { Remarks } from "./remarks.js";
import { Timeline } from "./timeline.js";
import { UnitSum } from "./unitsum.js";
import { UNJUDGED, verdict, Why } from "./why.js";

/** Forgetting made visible: own drawings beside the test images. */
const OWN = { key: "own", label: "Own drawings", train: "own_read", test: "test_accuracy", share: true, trainName: "own" };
const LOOK_INTERVAL_MS = 60;
const MAPS_INTERVAL_MS = 50;
const REDUCED_INTERVAL_MS = 500;
const NARROW_PX = 620;
const SIDE_SHARE = 0.42;
const CURVES_PX = 170;

const TIPS = {
  train: "What training makes small: how little the truth was believed, averaged over the first 500 training images.",
  test: "The same on test images, which are never trained on. Rising while the training loss falls: overfitting. The curves and the table are of the first 500.",
  score: "The share of test images that are read rightly: of the first 500 while it trains, of 2,000 once it stands still; curves and table keep to the 500. Watch it fall when it forgets.",
};
const WORDS = {
  tips: { reset: "New start weights from another seed; trained weights are loaded again. Watch whether the result was luck." },
  counters: { epoch: ["Epoch", "Epochs so far, of 1,000 training images each."] },
};
const UNKNOWN = { why_digit: null, readers: null, change_digit: null, nearest_labels: null, nearest_progress: null };

export function createView(stage) {
  return new DigitsView(stage);
}

class DigitsView {
  constructor(stage) {
    this.stage = stage;
    this.pace = new Pace(MAPS_INTERVAL_MS);
    this.calm = new Pace(REDUCED_INTERVAL_MS);
    const seek = (epoch) => stage.send({ type: "seek", epoch });
    const epochs = new EpochScale(stage.shows);
    this.throttle = new Throttle(LOOK_INTERVAL_MS, (look) => stage.keep({ type: "look", ...look }));
    this.guess = new Guess((digit) => this.#look(digit === null ? null : { unit: [this.sceneNow.layers.length - 1, digit], point: null }), (digit) => this.#hold(digit));
    this.kernels = new KernelEditor({ send: (message) => stage.send(message), look: () => this.#send() });
    this.maps = new FeatureMaps((place) => this.#look(place), (scale) => stage.choose({ change: { map_scale: scale } }), (layer, unit) => this.kernels.open(layer, unit));
    this.readers = new Readers();
    this.change = new Change();
    this.spoken = element("p", { class: "visually-hidden", role: "status" });
    this.held = null; // the digit that was clicked
    this.place = null; // under the pointer
    this.known = false; // whether a frame has looked closer since the run stands still
    this.sum = new UnitSum();
    this.why = new Why();
    this.numbers = new Numbers();
    this.sample = element("span", { class: "figure-sample" });
    this.numbers.score.value.after(this.sample);
    this.curves = new Curves({ seek, repaint: () => stage.repaint() }, epochs, stage.shows);
    this.curves.clear.addEventListener("click", () => this.curves.setGhost(null));
    this.timeline = new Timeline(seek, epochs, (step) => stage.send({ type: "seek", step }));
    this.table = new RecordTable(this.curves.clear);
    this.own = new OwnDrawings();
    this.mistakes = new Mistakes();
    this.note = element("p", { class: "digits-note" });
    this.goal = new Goal(stage);
    this.remarks = new Remarks();
    this.top = element("div", { class: "digits-top" }, this.goal.element, this.remarks.element);
    this.layers = fold("Layer by layer", this.maps.element, true);
    const folds = [
      fold("Why this answer", this.why.element, true),
      fold("The same drawing read by others", this.readers.element, true),
      fold("What would have to change", this.change.element, false),
      fold("Most similar training images", this.why.similar, false),
      this.kernels.element,
      this.layers,
    ];
    this.left = element("div", { class: "panel digits-left" }, this.guess.element, this.spoken, ...folds);
    this.guess.watch(this.left);
    this.right = element("div", { class: "panel digits-right" },
      this.numbers.element, this.note, this.curves.element, this.timeline.element, this.table.element, this.own.element, this.mistakes.element);
    this.aside = element("div", { class: "digits-aside" }, this.guess.pill, this.sum.element);
    const style = element("link", { rel: "stylesheet", href: new URL("./digits.css", import.meta.url).href });
    stage.element.classList.add("digits");
    stage.element.append(style, this.top, this.left, this.right);
  }

  scene({ scene }, before) {
    this.sceneNow = scene;
    this.stage.rename(WORDS);
    if (before?.scene.run !== scene.run) this.known = false;
    if (before && before.scene.run !== scene.run && before.record.length > 1) this.curves.setGhost(before.record);
    this.numbers.scene(scene);
    for (const [name, tip] of Object.entries(TIPS)) this.numbers[name].node.dataset.tip = tip;
    this.#recolor();
    this.remarks.scene();
    this.maps.scene(scene);
    this.kernels.scene(scene);
    if (scene.start === "fresh") this.spoken.after(this.layers); // what is learned from nothing is watched while it trains
    else this.left.append(this.layers);
    this.stage.measure();
  }

  frame(run, now) {
    const { frame } = run;
    const playing = frame.status === "playing";
    const calm = playing && this.stage.reducedMotion;
    if (!playing || (calm ? this.calm.due(now) : this.pace.due(now))) {
      this.guess.frame(frame, this.held);
      this.maps.frame(frame);
      this.kernels.frame(frame);
      this.readers.own(frame);
      this.sum.frame(frame);
    }
    this.goal.frame(frame);
    this.remarks.frame(frame);
    this.#explain(frame, playing);
    if (playing || frame.closer || !this.known || frame.step !== this.countedAt) {
      this.countedAt = frame.step; // until it is looked at closer, a moment's numbers are those of fewer test images
      this.numbers.frame(frame, now);
      setText(this.sample, `of ${count(frame.n_test)}`);
      setText(this.note, this.#noteOf(frame));
      this.mistakes.frame(frame, now);
      this.own.frame(frame, now);
    }
    if (!playing) follow(frame, run.record);
    this.curves.show(frame.own?.length ? [LOSS, ACCURACY, OWN] : [LOSS, ACCURACY]);
    this.curves.frame(run, now);
    this.timeline.frame(frame);
    this.table.frame(run, now);
    return false;
  }

  /** What took longer comes in a frame of its own; until then, and while it trains, what was known before stays, dimmed. */
  #explain(frame, playing) {
    const [proba, drawing] = [String(frame.proba), String(frame.drawing)];
    if (frame.closer) this.knownOf = { proba, drawing };
    this.known = frame.has_ink && (frame.closer || (this.known && (!playing || this.knownOf.drawing === drawing)));
    const stale = this.known && this.knownOf.proba !== proba; // another drawing, or a network that was edited or trained
    this.left.classList.toggle("stale", stale);
    this.readers.dim(stale && this.knownOf.drawing !== drawing);
    const shown = this.known ? frame : { ...frame, ...UNKNOWN };
    if (playing && this.known) for (const part of [this.why, this.change]) part.former();
    else for (const part of [this.why, this.readers, this.change]) part.frame(shown);
    const judged = stale ? UNJUDGED : verdict(shown);
    this.guess.judge(judged);
    if (playing || !frame.closer) return;
    setText(this.spoken, `${this.guess.said}. ${judged.words.slice(2)}`);
    const more = typeof frame.nearest_progress === "number" && frame.nearest_progress < 1;
    if (more && frame.id !== this.asked) {
      this.asked = frame.id;
      this.#send(true);
    }
  }

  theme(theme) {
    this.themeNow = theme;
    this.curves.theme(theme);
    this.#recolor();
  }

  destroy() {
    this.throttle.cancel();
    this.guess.watcher.disconnect();
  }

  #recolor() {
    if (!this.sceneNow || !this.themeNow) return;
    for (const part of [this.guess, this.maps, this.kernels, this.sum, this.why, this.change]) part.colors(this.sceneNow.palette, this.themeNow.dark);
  }

  #look(place) {
    this.place = place;
    this.#send();
  }

  /** A click holds the digit in question; another click on it lets go. */
  #hold(digit) {
    this.held = this.held === digit ? null : digit;
    this.#send();
  }

  #send(again = false) {
    const text = this.held === null ? "" : String(this.held);
    this.throttle.push({ unit: null, point: null, ...this.place, text, kernel: this.kernels.wanted, again });
  }

  layout({ width }) {
    const { scale, thick } = this.stage;
    const narrow = width < NARROW_PX;
    const side = narrow ? width : Math.round(Math.min(Math.max(width * SIDE_SHARE, 300), 640));
    this.stage.element.classList.toggle("stacked", narrow);
    this.stage.element.style.setProperty("--side", `${side}px`);
    this.guess.layout(scale);
    this.why.layout(scale);
    this.change.layout(scale);
    (narrow ? this.left : this.right).append(this.aside); // stays in sight beside the maps
    this.maps.layout((narrow ? width : width - side - 16) - 30, scale);
    this.curves.layout(side - 4, CURVES_PX * scale, scale, thick);
    this.timeline.layout(this.curves.span, this.curves.surface.width);
  }

  #noteOf(frame) {
    const part = frame.n_test < this.sceneNow.n_test ? `the first ${count(frame.n_test)}` : `all ${count(frame.n_test)}`;
    return `On ${part} test images. One epoch here is 1,000 training images; ${this.sceneNow.n_train / 1000} are one pass.`;
  }
}

/** Drawings are taught after their moment was recorded: until it trains on, what is said of those now stands there. */
function follow({ step, epoch, own_read: now, hand_edited: edited }, record) {
  const row = record.rowOf(epoch);
  if (edited || record.at("step", row) !== step || Object.is(record.at("own_read", row), now ?? NaN)) return;
  record.column("own_read")[row] = now ?? NaN;
  record.changed();
}

function fold(title, content, open) {
  return element("details", { class: "fold", open }, element("summary", { text: title }), content);
}
