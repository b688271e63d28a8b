/** The curves of a run: training solid, test dashed, named at their ends; the run before as a thin ghost. */

import { CurveBar } from "./curvebar.js";
import { drawAxes, label, nameUpright } from "./chartaxes.js";
import { element, setText } from "./element.js";
import { count, loss, percent } from "./format.js";
import { lineWidth } from "./linewidth.js";
import { Pace } from "./pace.js";
import { Surface } from "./surface.js";
import { epochLabel, logTicks, tickLabel, ticks } from "./ticks.js";
import { EPOCHS } from "./words.js";

const FONT_PX = 12;
const INTERVAL_MS = 90;
const SMALLEST_LOG = 1e-6;

/**
 * @typedef {Object} Chart one choice of curves
 * @property {string} key its word in the link @property {string} label @property {string} train column @property {string} test column
 * @property {boolean} share values are shares, shown from 0 to 1 @property {string} [tip] @property {string} [trainName] "train" unless given
 * @property {Element} [pane] stands in place of the curves @property {(on: boolean) => void} [open] told when it comes or goes
 * @property {{name: string, label: string, short: string, color: string, dash: number[]}[]} [lines] columns of their own instead of
 *   train and test; `chosen` is the index of the one in front
 */
export const LOSS = {
  key: "loss",
  label: "Loss",
  train: "train_loss",
  test: "test_loss",
  share: false,
  tip: "How wrong the model is: training solid, test dashed. Watch whether the two part.",
};
export const ACCURACY = {
  key: "accuracy",
  label: "Accuracy",
  train: "train_accuracy",
  test: "test_accuracy",
  share: true,
  tip: "The share that is right: training solid, test dashed. Watch it jump, one answer at a time.",
};

export const R2 = {
  key: "r2",
  label: "R²",
  train: "train_r2",
  test: "test_r2",
  share: false,
  tip: "The part of the targets' variance that is explained: 1 is perfect, 0 no better than their mean. Watch the dashed test curve.",
};

export class Curves {
  /**
   * @param {{seek: (epoch: number) => void, repaint: () => void}} actions
   * @param {import("./epochscale.js").EpochScale} epochs @param {import("./shows.js").Shows} shows
   */
  constructor(actions, epochs, shows) {
    this.actions = actions;
    this.epochs = epochs;
    this.surface = new Surface("curve-canvas");
    this.pace = new Pace(INTERVAL_MS);
    this.chart = LOSS;
    this.shows = shows;
    this.ghost = null;
    this.measure = this.ghostMeasure = ""; // which loss the run has, and which the run before
    this.value = element("div", { class: "curve-value" });
    this.bar = new CurveBar({ choose: (chart) => this.#press(chart), again: () => this.again() }, shows);
    this.clear = element("button", {
      type: "button",
      class: "quiet-button",
      text: "Clear ghost",
      hidden: true,
      "data-tip": "The thin gray curves, and the thin dashed line on the map, are the run before; a loss of another kind is not drawn. This takes them away: watch the new run alone.",
    });
    this.body = element("div", { class: "curve-body" }, this.surface.canvas);
    this.element = element("div", { class: "curves" }, this.bar.element, this.body, this.value);
    this.count(EPOCHS);
    this.surface.canvas.addEventListener("pointermove", (event) => this.#hover(event));
    this.surface.canvas.addEventListener("pointerleave", () => this.#hover(null));
    this.surface.canvas.addEventListener("click", (event) => this.actions.seek(this.#epochAt(event)));
    this.show([LOSS]);
  }

  /** Which charts can be chosen. */
  show(charts) {
    if (charts.length === this.charts?.length && charts.every((chart, k) => chart === this.charts[k])) return;
    this.charts = charts;
    const chosen = this.shows.chosen(charts.map(({ key }) => key));
    this.#choose(charts.find(({ key }) => key === chosen));
    this.bar.offer(charts, this.chart);
  }

  #press(chart) {
    this.shows.choose(chart.key, this.charts.map(({ key }) => key));
    this.#choose(chart);
  }

  #choose(chart) {
    const before = this.chart;
    if (chart === before) return;
    if (chart.pane !== before.pane) this.body.replaceChildren(chart.pane ?? this.surface.canvas);
    for (const one of [before, chart]) one.open?.(one === chart);
    this.chart = chart;
    this.again();
  }

  /** @param {import("./words.js").Words} words for what the run counts */
  count(words) {
    this.words = words;
    this.bar.count(words);
  }

  layout(width, height, scale, thick) {
    Object.assign(this, { scale, thick });
    this.body.style.height = `${height}px`;
    this.surface.resize(width, height);
    const font = FONT_PX * scale;
    this.box = { left: 4.2 * font, right: width - 3.6 * font, top: 6, bottom: height - 2.7 * font };
    this.again();
  }

  theme(theme) {
    this.themeNow = theme;
    this.again();
  }

  /** Where the axis of epochs begins and ends, so that the timeline can stand under it. */
  get span() {
    return [this.box.left, this.box.right];
  }

  /** @param {import("./record.js").Record|null} record the run before @param {string} [measure] its loss: this run's unless given */
  setGhost(record, measure = this.measure) {
    Object.assign(this, { ghost: record, ghostMeasure: measure });
    this.epochs.leaveRoom(record?.length ? record.at("epoch", record.length - 1) : 0);
    this.clear.hidden = !record;
    this.again();
  }

  frame({ frame, record }, now) {
    Object.assign(this, { frameNow: frame, record });
    if (record.left) this.setGhost(record.left);
    record.left = null;
    const key = `${record.version} ${frame.epoch} ${frame.head_epoch} ${frame.status}`;
    if (!this.box || !this.themeNow || key === this.drawnKey) return;
    if (this.chart.pane || (frame.status === "playing" && !this.pace.due(now))) return;
    this.drawnKey = key;
    this.#draw();
  }

  /** Draws everything anew with the next frame. */
  again() {
    this.drawnKey = null;
    this.pace.reset();
    this.actions.repaint();
  }

  #draw() {
    const { surface, record, chart } = this;
    const { context } = surface;
    surface.clear();
    this.limits = this.#limits();
    Object.assign(context, { font: `${FONT_PX * this.scale}px ${this.themeNow.font}`, lineJoin: "round" });
    this.#axes(context);
    context.save();
    context.beginPath();
    context.rect(this.box.left, this.box.top - 4, this.box.right - this.box.left, this.box.bottom - this.box.top + 8);
    context.clip();
    if (chart.lines) this.#lines(record, chart);
    const thin = lineWidth(1, this.thick);
    if (this.ghost?.has(chart.train) && (chart !== LOSS || this.ghostMeasure === this.measure)) {
      this.#curve(this.ghost, chart.train, this.themeNow.ghost, thin, []);
      this.#curve(this.ghost, chart.test, this.themeNow.ghost, thin, [4 * this.thick, 3 * this.thick]);
    }
    this.#curve(record, chart.train, this.themeNow.text, 2 * this.thick, []);
    this.#curve(record, chart.test, this.themeNow.primary, 2 * this.thick, [6 * this.thick, 4 * this.thick]);
    context.restore();
    this.#cursor(context);
    if (chart === LOSS) this.#lowest(context);
    if (chart.lines) this.#lineName(context);
    else this.#names(context);
    this.#moments(context);
  }

  /** A ring where the test loss was lowest, for runs that say where. */
  #lowest(context) {
    const { best, scrubbed, head_epoch: trained } = this.frameNow;
    if (!best || !trained) return;
    const { box, scale, themeNow } = this;
    const [x, y] = [this.#x(best.epoch), this.#y(best.test_loss)];
    context.strokeStyle = themeNow.primary;
    context.lineWidth = 2 * this.thick;
    context.beginPath();
    context.arc(x, y, 4.5 * scale, 0, 2 * Math.PI);
    context.stroke();
    const text = `lowest${scrubbed ? " so far" : ""}: ${loss(best.test_loss)} at ${this.words.at(best.epoch)}`;
    Object.assign(context, { textAlign: "right", textBaseline: "middle" });
    label(context, text, box.right, this.#free(box.right - context.measureText(text).width), themeNow.primary, themeNow.background);
  }

  /** The highest place for a line of text at the right edge, from `left` on, that no curve runs through. */
  #free(left) {
    const { box, chart } = this;
    const half = FONT_PX * this.scale * 0.7;
    const taken = [this.record, this.ghost].flatMap((record) => [chart.train, chart.test].flatMap((name) => this.#heights(record, name, left)));
    for (let y = box.top + half; y < box.bottom - half; y += 2)
      if (taken.every(([top, bottom]) => bottom < y - half || top > y + half)) return y;
    return box.top + half;
  }

  /** Between which heights a curve runs from `left` on, piece by piece; its name at its end is one of them. */
  #heights(record, name, left) {
    if (!record?.length || !record.has(name)) return [];
    const [epochs, values] = [record.column("epoch"), record.column(name)];
    const last = record.length - 1;
    const font = FONT_PX * this.scale;
    const pieces = this.#x(epochs[last]) + 4 * font < left ? [] : [[this.#y(values[last]) - font, this.#y(values[last]) + font]];
    for (let k = last; k > 0 && this.#x(epochs[k]) >= left; k--) {
      const ends = [this.#y(values[k - 1]), this.#y(values[k])];
      pieces.push([Math.min(...ends), Math.max(...ends)]);
    }
    return pieces;
  }

  #limits() {
    const { record, chart, frameNow } = this;
    this.epochs.reach(frameNow.head_epoch);
    if (chart.share) return { low: 0, high: 1, log: false };
    let low = Infinity;
    let high = -Infinity;
    for (const name of [chart.train, chart.test]) {
      const column = record.has(name) ? record.column(name) : [];
      for (let k = 0; k < record.length; k++) {
        if (!Number.isFinite(column[k])) continue;
        low = Math.min(low, column[k]);
        high = Math.max(high, column[k]);
      }
    }
    if (chart.key === "r2") return { low: Math.max(-1, Math.min(0, low)), high: 1, log: false };
    if (!(high > 0)) [low, high] = [0, 1];
    if (!this.shows.has("log_scale")) return { low: 0, high: high * 1.06, log: false };
    const bottom = Math.max(low, SMALLEST_LOG) / 1.2;
    return { low: bottom, high: Math.max(high * 1.2, bottom * 3), log: true };
  }

  #x(epoch) {
    return this.box.left + this.epochs.share(epoch) * (this.box.right - this.box.left);
  }

  #y(value) {
    const { low, high, log } = this.limits;
    const share = log
      ? Math.log(Math.max(value, SMALLEST_LOG) / low) / Math.log(high / low)
      : (value - low) / (high - low);
    return this.box.bottom - share * (this.box.bottom - this.box.top);
  }

  #axes(context) {
    const { box, limits, themeNow, scale } = this;
    const about = Math.max(2, Math.floor((box.bottom - box.top) / (34 * scale)));
    const values = limits.log ? logTicks(limits.low, limits.high) : ticks(limits.low, limits.high, about);
    context.lineWidth = 1;
    context.fillStyle = themeNow.muted;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.strokeStyle = themeNow.grid;
    context.beginPath();
    for (const value of values) {
      const y = Math.round(this.#y(value)) + 0.5;
      context.moveTo(box.left, y);
      context.lineTo(box.right, y);
      context.fillText(this.chart.share ? `${Math.round(value * 100)}` : tickLabel(value), box.left - 5, y);
    }
    context.stroke();
    this.#epochAxis(context);
    const { label: name, share } = this.chart;
    nameUpright(context, box, share ? `${name} (%)` : name, FONT_PX * scale);
  }

  #epochAxis(context) {
    const { box, themeNow, scale } = this;
    const font = FONT_PX * scale;
    drawAxes(context, box, themeNow);
    context.textAlign = "center";
    context.textBaseline = "top";
    const about = Math.max(2, Math.floor((box.right - box.left) / (70 * scale)));
    for (const epoch of this.epochs.ticks(about, ticks))
      context.fillText(epochLabel(epoch), this.#x(epoch), box.bottom + 4);
    context.fillText(this.words.axis, (box.left + box.right) / 2, box.bottom + 5 + font);
  }

  #curve(record, name, color, width, dash) {
    if (!record.has(name) || record.length === 0) return;
    const { context } = this.surface;
    const epochs = record.column("epoch");
    const values = record.column(name);
    context.strokeStyle = context.fillStyle = color;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    let pen = false;
    let lastX = -Infinity;
    for (let k = 0; k < record.length; k++) {
      const x = this.#x(epochs[k]);
      if (x - lastX < 0.5 && k < record.length - 1 && k > 0) continue; // many records in one pixel
      lastX = x;
      if (!Number.isFinite(values[k])) pen = false;
      else if (pen) context.lineTo(x, this.#y(values[k]));
      else (context.moveTo(x, this.#y(values[k])), (pen = true));
    }
    context.stroke();
    context.setLineDash([]);
    if (record.length === 1) context.fillRect(this.#x(epochs[0]) - 2, this.#y(values[0]) - 2, 4, 4);
  }

  /** One curve a column: the chosen one thick, in front and named. */
  #lines(record, chart) {
    const { context } = this.surface;
    chart.lines.forEach((line, k) => k !== chart.chosen && this.#curve(record, line.name, line.color, lineWidth(1, this.thick), line.dash));
    const front = chart.lines[chart.chosen];
    if (!front || !record.has(front.name) || record.length === 0) return;
    this.#curve(record, front.name, front.color, 3 * this.thick, front.dash);
  }

  #lineName(context) {
    const { chart, record, box, themeNow } = this;
    const line = chart.lines[chart.chosen];
    if (!line || !record.has(line.name) || record.length === 0) return;
    const row = record.length - 1;
    Object.assign(context, { textAlign: "left", textBaseline: "middle" });
    const y = Math.min(Math.max(this.#y(record.at(line.name, row)), box.top + 6), box.bottom - 6);
    label(context, line.short, Math.min(this.#x(record.at("epoch", row)) + 5, box.right + 4), y, themeNow.text, themeNow.background);
  }

  /** Small arrows at the upper edge where something began; the timeline below shows the same. */
  #moments(context) {
    context.fillStyle = this.themeNow.text;
    for (const { epoch } of this.moments ?? []) {
      const x = this.#x(epoch);
      context.beginPath();
      context.moveTo(x - 4, this.box.top - 4);
      context.lineTo(x + 4, this.box.top - 4);
      context.lineTo(x, this.box.top + 4);
      context.fill();
    }
  }

  /** "train" and "test" at the ends of their lines, pushed apart where they would meet. */
  #names(context) {
    const { record, chart, box, themeNow, scale } = this;
    const row = record.length - 1;
    const end = record.at("epoch", row);
    const ring = chart === LOSS && this.frameNow.best?.epoch === end ? 4 * scale : 0; // at the end of the test curve
    const x = Math.min(this.#x(end) + 5, box.right + 4) + ring;
    const room = FONT_PX * scale + 1;
    let train = this.#y(record.at(chart.train, row));
    let test = this.#y(record.at(chart.test, row));
    if (Math.abs(train - test) < room) {
      const middle = (train + test) / 2;
      const sign = train < test ? -1 : 1;
      [train, test] = [middle + (sign * room) / 2, middle - (sign * room) / 2];
    }
    const low = Math.max(train, test) - box.bottom + 2;
    const high = box.top + room / 2 - Math.min(train, test);
    const shift = low > 0 ? -low : Math.max(high, 0);
    [train, test] = [train + shift, test + shift];
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const [text, y, color] of [
      [chart.trainName ?? "train", train, themeNow.text],
      ["test", test, themeNow.primary],
    ]) {
      if (Number.isFinite(y)) label(context, text, x, y, color, themeNow.background);
    }
  }

  #cursor(context) {
    const { frameNow, box, themeNow } = this;
    if (frameNow.epoch >= frameNow.head_epoch) return;
    const x = Math.round(this.#x(frameNow.epoch)) + 0.5;
    context.strokeStyle = themeNow.text;
    context.lineWidth = lineWidth(1, this.thick);
    context.setLineDash([2, 2]);
    context.beginPath();
    context.moveTo(x, box.top);
    context.lineTo(x, box.bottom);
    context.stroke();
    context.setLineDash([]);
  }

  #epochAt(event) {
    const left = this.surface.canvas.getBoundingClientRect().left;
    const share = (event.clientX - left - this.box.left) / (this.box.right - this.box.left);
    return Math.min(this.epochs.epoch(share), this.frameNow.head_epoch);
  }

  #hover(event) {
    if (!event || !this.record || !this.limits) return setText(this.value, "");
    const row = this.record.rowOf(this.#epochAt(event));
    if (this.chart.lines) {
      const line = this.chart.lines[this.chart.chosen];
      const value = line && this.record.has(line.name) ? percent(this.record.at(line.name, row)) : "";
      return setText(this.value, `epoch ${count(this.record.at("epoch", row))}: ${line?.label ?? ""} ${value}`);
    }
    const text = this.chart.share ? percent : loss;
    const [train, test] = [this.record.at(this.chart.train, row), this.record.at(this.chart.test, row)];
    const name = this.chart.trainName ?? "train";
    setText(this.value, `${this.words.at(this.record.at("epoch", row))}: ${name} ${text(train)}, test ${text(test)}`);
  }
}
