/** How one point gets its score: what each tree added, the running sum, and SHAP values beside it. */

import { element, setText } from "./element.js";
import { loss, number } from "./format.js";
import { Surface } from "./surface.js";
import { tickLabel, ticks } from "./ticks.js";
import { treeName } from "./treestrip.js";
import { ROUNDS, TREES } from "./words.js";

const FONT_PX = 12;
const SHAP_PX = 176;
const HEAD_PX = 22;
const SHAP_TIP = "SHAP values, computed by xgboost from these trees: how much each feature moves the score of this point away from the expected one. Together they are the score.";
const NO_SHAP = {
  turned: "Each turned tree asks about both features at once, so no SHAP value belongs to one of them. XGBoost never turns its trees.",
  playing: "Pause to see SHAP values.",
};

export class RunningScore {
  constructor() {
    this.surface = new Surface("score-canvas", { role: "img", "aria-hidden": null });
    this.title = element("p", { class: "score-title" });
    this.rows = element("tbody");
    this.none = element("p", { class: "shap-none" });
    this.shap = element("div", { class: "shap", "data-tip": SHAP_TIP },
      element("table", {}, element("caption", { text: "SHAP: parts of the score" }), this.rows), this.none);
    this.element = element("section", { class: "running-score", "aria-label": "Score of this point", hidden: true },
      this.title, element("div", { class: "score-row" }, this.surface.canvas, this.shap));
  }

  scene(scene) {
    this.sceneNow = scene;
    this.counted = (scene.trees_per_round > 1 ? ROUNDS : TREES).at;
    this.drawn = null;
  }

  theme(theme, colors) {
    Object.assign(this, { themeNow: theme, colors, drawn: null });
  }

  /** @param {number} lines that the title may take */
  layout(width, height, scale, lines) {
    Object.assign(this, { scale, drawn: null });
    this.title.style.whiteSpace = lines > 1 ? "normal" : "";
    this.surface.resize(Math.max(120, width - SHAP_PX * scale), Math.max(60, height - lines * HEAD_PX * scale));
  }

  /** Returns whether a point is shown. */
  frame(frame) {
    const { trace } = frame;
    this.surface.canvas.hidden = trace?.row !== undefined && frame.trace_scores.shape[1] < 2;
    this.element.hidden = !trace;
    if (!trace || !this.surface.width || !this.themeNow) return Boolean(trace);
    const key = `${frame.looked}`;
    if (this.drawn !== frame.trace_scores || this.marked !== key) {
      Object.assign(this, { drawn: frame.trace_scores, marked: key });
      this.#draw(frame);
    }
    this.#explain(frame);
    return true;
  }

  #explain({ trace, tree, status, trace_scores: scores }) {
    const rounds = scores.shape[1] - 1;
    const last = scores[trace.row * (rounds + 1) + rounds];
    const of = trace.score_of ? ` for ${trace.score_of}` : "";
    const from = number(scores[trace.row * (rounds + 1)]);
    const after = rounds ? `, ${number(last)} after ${this.counted(rounds)}. ${treeName(tree.index, this.sceneNow)}${this.sceneNow.trees_per_round > 1 ? "," : ""} adds ${signed(trace.added)}.` : ".";
    setText(this.title, `Score${of}: ${from} without trees${after}`);
    const { shap } = trace;
    this.shap.firstChild.hidden = !shap;
    setText(this.none, shap || !rounds ? "" : this.sceneNow.turned_trees ? NO_SHAP.turned : status === "playing" ? NO_SHAP.playing : "");
    if (!shap) return;
    const parts = [["expected", shap.expected], ...this.sceneNow.axes.map((axis, k) => [axis.name, shap.features[k]])];
    const most = Math.max(1e-9, ...parts.map(([, value]) => Math.abs(value)));
    this.rows.replaceChildren(...parts.map(([name, value]) => this.#row(name, value, most)), this.#row("score", last, null));
  }

  #row(name, value, most) {
    const bar = element("td", { class: "shap-bar" });
    if (most) {
      const piece = element("span");
      const share = (50 * Math.abs(value)) / most;
      Object.assign(piece.style, { left: `${value < 0 ? 50 - share : 50}%`, width: `${share}%`, background: this.colors.ofSigned(Math.sign(value) * 0.6) });
      bar.append(piece);
    }
    const text = most ? signed(value) : loss(value);
    return element("tr", most ? {} : { class: "total" }, element("th", { scope: "row", text: name }), bar, element("td", { text }));
  }

  #draw({ trace, trace_scores: all, looked }) {
    const { surface, themeNow, scale } = this;
    const { context, width, height } = surface;
    const n = all.shape[1];
    const scores = all.subarray(trace.row * n, (trace.row + 1) * n);
    const font = FONT_PX * scale;
    surface.clear();
    Object.assign(context, { font: `${font}px ${themeNow.font}`, lineJoin: "round" });
    const [low, high] = [Math.min(0, ...scores), Math.max(0, ...scores)];
    const room = Math.max(high - low, 1e-6) * 0.08;
    const box = { left: 4 * font, right: width - 4.4 * font, top: 4, bottom: height - 1.5 * font };
    const x = (round) => box.left + (round / Math.max(n - 1, 1)) * (box.right - box.left);
    const y = (score) => box.bottom - ((score - low + room) / (high - low + 2 * room)) * (box.bottom - box.top);
    this.#axes(box, [low, high], n - 1, x, y);
    const each = this.sceneNow.trees_per_round;
    const at = looked && (looked[0] === 1 || looked[1] % each === trace.row) ? Math.floor(looked[1] / each) + 1 : 0;
    this.#steps(scores, at, x, y);
    context.fillStyle = themeNow.text;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(number(scores[n - 1]), box.right + 5, Math.min(Math.max(y(scores[n - 1]), 7), box.bottom));
    surface.canvas.setAttribute("aria-label", `Running sum over ${n - 1} rounds from ${number(scores[0])} to ${number(scores[n - 1])}`);
  }

  /** A bar from each sum to the next, and the line that they make. */
  #steps(scores, at, x, y) {
    const { context } = this.surface;
    const width = Math.max(1, x(1) - x(0) - (x(1) - x(0) > 4 ? 1 : 0));
    for (let k = 1; k < scores.length; k++) {
      const [from, to] = [y(scores[k - 1]), y(scores[k])];
      context.fillStyle = this.colors.ofSigned(scores[k] > scores[k - 1] ? 0.6 : -0.6);
      context.fillRect(x(k - 1), Math.min(from, to), width, Math.max(1.5, Math.abs(to - from)));
    }
    context.strokeStyle = this.themeNow.text;
    context.lineWidth = 1.25 * this.scale;
    context.beginPath();
    context.moveTo(x(0), y(scores[0]));
    for (let k = 1; k < scores.length; k++) {
      context.lineTo(x(k - 1), y(scores[k]));
      context.lineTo(x(k), y(scores[k]));
    }
    context.stroke();
    if (!at || at >= scores.length) return;
    context.lineWidth = 2.5 * this.scale;
    const [top, bottom] = [Math.min(y(scores[at - 1]), y(scores[at])), Math.max(y(scores[at - 1]), y(scores[at]))];
    context.strokeRect(x(at - 1) - 2, top - 3, width + 4, bottom - top + 6);
  }

  #axes(box, ends, rounds, x, y) {
    const { context } = this.surface;
    const { themeNow } = this;
    context.strokeStyle = themeNow.line;
    context.fillStyle = themeNow.muted;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(box.left + 0.5, box.top);
    context.lineTo(box.left + 0.5, box.bottom);
    context.moveTo(box.left, Math.round(y(0)) + 0.5);
    context.lineTo(box.right, Math.round(y(0)) + 0.5);
    context.stroke();
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks(ends[0], ends[1] || 1e-6, 3)) context.fillText(tickLabel(value), box.left - 5, y(value));
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const value of ticks(0, Math.max(rounds, 1), 4)) if (Number.isInteger(value)) context.fillText(tickLabel(value), x(value), box.bottom + 3);
    context.textAlign = "right";
    context.fillText(this.sceneNow.trees_per_round > 1 ? "rounds" : "trees", this.surface.width, box.bottom + 3);
  }
}

/** A part of a sum: its plus sign is written too. */
function signed(value) {
  return `${value > 0 ? "+" : ""}${loss(value)}`;
}
