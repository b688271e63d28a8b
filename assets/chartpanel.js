/** The chart of a comparison: loss, ROC, precision and recall, calibration, or confusion at a threshold. */

import { LETTERS } from "./contendermap.js";
import { element, setAttribute, setText } from "./element.js";
import { count, percent } from "./format.js";
import { LineChart } from "./linechart.js";
import { GapPanel } from "./gappanel.js";
import { GridPanel } from "./gridpanel.js";
import { Pace } from "./pace.js";
import { badge } from "./scoreboard.js";
import { LOG_TIP } from "./shows.js";

const INTERVAL_MS = 90;
const [LOSS, ROC, PRECISION, CALIBRATION, CONFUSION, GRID, GAPS] = [0, 1, 2, 3, 4, 5, 6];
const TABS = [ // the name in small letters is the word in the link
  [LOSS, "Loss", "Test loss by epoch. What is fitted at once is a level line. Watch who overtakes whom, and who rises again."],
  [ROC, "ROC", "Of all thresholds: how many true points are found against how many false ones are taken along. The upper left corner is best."],
  [PRECISION, "Precision", "Precision: of what is called this class, how much is right. Recall: how much of the class is found."],
  [CALIBRATION, "Calibration", "What was said against what came true. On the dotted line 70% means 70%."],
  [CONFUSION, "Confusion", "Rows: the true class of test points. Columns: what the contender says at this threshold."],
  [GRID, "Grid", "One contender with many settings at once: a map for every pair of two of them."],
  [GAPS, "Gaps", "What missing values do to each method: a score against the share of values knocked out."],
];

export class ChartPanel {
  /**
   * @param {(unit: number[]) => void} ask @param {import("./epochscale.js").EpochScale} epochs
   * @param {Object} actions `send(message)`, `choose(choice)`, `shows`
   */
  constructor(ask, epochs, actions) {
    Object.assign(this, { ask, epochs, shows: actions.shows, kind: LOSS });
    this.pace = new Pace(INTERVAL_MS);
    this.chart = new LineChart();
    this.tabs = TABS.map(([kind, text, tip]) => element("button", {
      type: "button", class: "quiet-button", text, "data-tip": tip, "aria-pressed": String(kind === LOSS), on: { click: () => this.#press(kind) },
    }));
    this.logLabel = actions.shows.box("log_scale", "Log", LOG_TIP, () => (this.key = null, this.again()));
    this.classes = element("select", { class: "point-class", "aria-label": "Class that counts as yes", hidden: true, on: { change: () => this.#ofClass(actions) } });
    this.bar = element("div", { class: "curve-bar" }, element("div", { class: "curve-tabs", role: "group", "aria-label": "Chart" }, ...this.tabs), this.logLabel, this.classes);
    this.slider = element("input", { type: "range", min: 0, max: 1000, step: 10, on: { input: () => this.#slide(), change: () => actions.choose({ show: { threshold: this.threshold / 1000 } }) } });
    this.sliderText = element("span");
    this.sliderName = element("span");
    this.sliderRow = element("label", { class: "threshold" }, this.sliderName, this.slider, this.sliderText);
    this.matrices = element("div", { class: "confusions" });
    this.confusion = element("div", { class: "confusion-panel", hidden: true }, this.sliderRow, this.matrices);
    this.grid = new GridPanel(actions);
    this.gaps = new GapPanel(actions, () => this.again());
    this.note = element("p", { class: "chart-note", hidden: true });
    this.element = element("section", { class: "compare-chart", "aria-label": "Chart" }, this.bar, this.chart.element, this.confusion, this.grid.element, this.gaps.element, this.note);
    this.again = () => {};
  }

  /** Whether what is shown wants the whole width: a table or a map for each, side by side. */
  get isWide() {
    return this.kind === CONFUSION || this.isStudy;
  }

  /** Whether what is shown comes from fits of its own, and not from the moment that the timeline shows. */
  get isStudy() {
    return this.kind === GRID || this.kind === GAPS;
  }

  scene(scene) {
    this.sceneNow = scene;
    const regression = scene.task === "regression";
    const offered = (kind) => (kind === GAPS ? scene.knocked_out !== null : !regression || kind === LOSS || kind === GRID);
    this.tabs.forEach((tab, kind) => (tab.hidden = !offered(kind)));
    this.offered = TABS.filter(([kind]) => offered(kind)).map(wordOf);
    this.classes.replaceChildren(...scene.class_names.map((text, value) => element("option", { value, text })));
    this.classes.value = String(Math.min(scene.chart_class, scene.class_names.length - 1));
    const yes = scene.class_names[1] ?? "";
    setText(this.sliderName, `Threshold for ${yes}`);
    setAttribute(this.sliderRow, "data-tip", `Above this probability a point is called ${yes}. Lower it: more are found, more are wrong.`);
    this.#setThreshold(1000 * scene.threshold);
    const chosen = TABS.findIndex((tab) => wordOf(tab) === this.shows.chosen(this.offered));
    if (chosen !== this.kind) this.#choose(chosen);
    this.grid.scene(scene);
    this.gaps.scene(scene);
    this.#show();
    this.key = null;
  }

  layout(width, height, scale, thick) {
    Object.assign(this, { width, height, scale, thick });
    this.#arrange();
    this.grid.layout(width, height - this.bar.offsetHeight);
    this.gaps.layout(width, height - this.bar.offsetHeight, scale, thick);
    this.key = null;
  }

  /** The note below a chart of several seeds takes its room from the chart. */
  #arrange() {
    const room = this.height - this.bar.offsetHeight - this.note.offsetHeight;
    this.chart.layout(this.width, Math.max(110, room), this.scale, this.thick);
    this.matrices.style.setProperty("--room", `${room - 34}px`);
  }

  theme(theme, colors) {
    this.themeNow = theme;
    if (colors) this.grid.theme(colors);
    this.gaps.key = null;
    this.key = null;
  }

  frame({ frame, record }, now) {
    this.#explain(frame);
    if (this.kind === CONFUSION) return this.#confusion(frame);
    if (this.kind === GRID) return this.grid.frame(frame);
    if (this.kind === GAPS) return this.themeNow && this.gaps.frame(frame, (...line) => this.#line(...line), this.themeNow);
    const key = `${this.kind} ${record.version} ${frame.epoch} ${frame.head_epoch} ${frame.status} ${frame.chart} ${frame.chart_class} ${frame.study?.done}`;
    if (key === this.key || !this.themeNow || (frame.status === "playing" && !this.pace.due(now))) return;
    this.key = key;
    if (this.kind === LOSS) this.#drawLoss(frame, record);
    else if (frame.chart === this.kind) this.#drawShares(frame);
    else this.key = null; // the frame was ordered before the tab was pressed
  }

  #explain({ chart, chart_note: text = "" }) {
    const drawn = [ROC, PRECISION, CALIBRATION, CONFUSION].includes(this.kind);
    if (drawn && chart !== this.kind) return;
    const shown = drawn ? text : "";
    if (shown === this.note.textContent || !this.height) return;
    setText(this.note, shown);
    this.note.hidden = !shown;
    this.#arrange();
    this.key = null;
  }

  #line(k, x, y) {
    const { contenders, dashes } = this.sceneNow.palette;
    return { letter: LETTERS[k], color: contenders[k], dash: dashes[k], x, y };
  }

  #drawLoss(frame, record) {
    this.epochs.reach(frame.head_epoch);
    const n = record.length;
    const { curves, bands } = frame.study ?? {};
    const lines = this.sceneNow.contenders.flatMap(({ live }, k) => {
      const seeds = curves?.[k] ? [this.#seeds(k, curves[k], Boolean(bands))] : [];
      if (bands && seeds.length) return seeds;
      if (live && record.has(`${LETTERS[k]}_test_loss`)) return [...seeds, this.#line(k, record.column("epoch").subarray(0, n), record.column(`${LETTERS[k]}_test_loss`).subarray(0, n))];
      const level = frame.scores[k].test_loss;
      return level === undefined ? seeds : [...seeds, this.#line(k, [0, this.epochs.last], [level, level])];
    });
    const values = lines.flatMap(({ y, high }) => [...y, ...(high ?? [])]).filter(Number.isFinite);
    const high = Math.max(...values, 1e-6);
    const low = Math.max(Math.min(...values), 1e-6);
    const log = this.shows.has("log_scale");
    const cursor = frame.epoch < frame.head_epoch ? frame.epoch : undefined;
    this.chart.draw(lines, {
      x: this.sceneNow.class_names.length > 2 ? "epoch or round" : "epoch or tree", y: bands ? "Test loss, mean ± sd" : curves ? "Test loss; bands: ± sd" : "Test loss", xs: [0, this.epochs.last], ys: log ? [low / 1.3, high * 1.3] : [0, high * 1.06],
      log, share: (epoch) => this.epochs.share(epoch), dense: true, cursor,
    }, this.themeNow);
  }

  /** The band of all seeds, with the line of their means unless a run on its way is drawn before it. */
  #seeds(k, { epochs, mean, low, high }, whole) {
    const x = epochs.length > 1 ? epochs : [0, this.epochs.last];
    return { ...this.#line(k, x, whole ? spread(mean) : []), low: spread(low), high: spread(high) };
  }

  #drawShares(frame) {
    let from = 0;
    const lines = frame.chart_of.map((k, at) => {
      const [begin, end] = [from, frame.chart_ends[at]];
      from = end;
      const part = (name) => frame[`chart_${name}`]?.subarray(begin, end);
      return { ...this.#line(k, part("x"), part("y")), low: part("low"), high: part("high") };
    });
    const axes = {
      [ROC]: { x: "False positive rate", y: "True positive rate", diagonal: true, letterAt: cornerOf },
      [PRECISION]: { x: "Recall", y: "Precision", letterAt: (line) => Math.floor(line.x.length * 0.6) },
      [CALIBRATION]: { x: "Probability said", y: "Share that came true", diagonal: true, dots: true },
    }[this.kind];
    this.chart.draw(lines, { ...axes, xs: [0, 1], ys: [0, 1] }, this.themeNow);
  }

  #confusion({ confusions, confusion_spreads: spreads, confusion_rights: rights }) {
    if (!confusions) return;
    const key = JSON.stringify([confusions, spreads]);
    if (key === this.key) return;
    this.key = key;
    const { class_names: names } = this.sceneNow;
    this.matrices.replaceChildren(...Object.entries(confusions).map(([k, matrix]) => {
      const head = element("tr", {}, element("td", { class: "corner", text: "true \\ says" }), ...names.map((text) => element("th", { scope: "col", text })));
      const rows = matrix.map((row, i) => element("tr", {}, element("th", { scope: "row", text: names[i] }), ...row.map((value, j) => element("td", { class: i === j ? "right" : "", text: spreads ? `${value.toFixed(1)} ± ${spreads[k][i][j].toFixed(1)}` : count(value) }))));
      const caption = element("caption", {}, badge(this.sceneNow, Number(k)), element("span", { text: ` ${percent(rights[k])} right` }));
      return element("table", { class: "confusion-small" }, caption, head, ...rows);
    }));
  }

  #press(kind) {
    this.shows.choose(wordOf(TABS[kind]), this.offered);
    this.#choose(kind);
  }

  #choose(kind) {
    this.kind = kind;
    this.tabs.forEach((tab, k) => tab.setAttribute("aria-pressed", String(k === kind)));
    this.#show();
    this.#tell();
  }

  #show() {
    const several = (this.sceneNow?.class_names.length ?? 0) > 2;
    this.logLabel.hidden = this.kind !== LOSS;
    this.classes.hidden = !(several && [ROC, PRECISION, CALIBRATION].includes(this.kind));
    this.confusion.hidden = this.kind !== CONFUSION;
    this.sliderRow.hidden = several;
    this.grid.element.hidden = this.kind !== GRID;
    this.gaps.element.hidden = this.kind !== GAPS;
    this.chart.element.hidden = [CONFUSION, GRID, GAPS].includes(this.kind);
  }

  #slide() {
    this.#setThreshold(Number(this.slider.value));
    this.#tell();
  }

  /** @param {number} threshold in thousandths */
  #setThreshold(threshold) {
    this.threshold = Math.round(threshold);
    if (Number(this.slider.value) !== this.threshold) this.slider.value = this.threshold;
    setText(this.sliderText, (this.threshold / 1000).toFixed(2));
  }

  #ofClass(actions) {
    this.#tell();
    actions.choose({ show: { chart_class: Number(this.classes.value) } });
  }

  #tell() {
    this.key = null;
    this.ask([this.kind, this.kind === CONFUSION ? this.threshold : Number(this.classes.value || 0)]);
    if (this.themeNow) this.again();
  }
}

function wordOf([, text]) {
  return text.toLowerCase();
}

/** A level line needs two places. */
function spread(values) {
  return values.length > 1 ? values : [values[0], values[0]];
}

/** The point of a ROC curve that is farthest from the diagonal. */
function cornerOf({ x, y }) {
  let best = 0;
  for (let k = 1; k < x.length; k++) if (y[k] - x[k] > y[best] - x[best]) best = k;
  return best;
}
