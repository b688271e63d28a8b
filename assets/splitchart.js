/** The search for a split: gain against threshold for each feature, the chosen one, and what the penalties rule out. */

import { drawAxes, label, nameUpright } from "./chartaxes.js";
import { element, icon, setText } from "./element.js";
import { count, number, onAxis } from "./format.js";
import { Surface } from "./surface.js";
import { tickLabel, ticks } from "./ticks.js";

const FONT_PX = 12;
const EDGE_PX = 4;
const GAIN_TIPS = {
  classic: "Gain of a question: (sum of gradients)² / points of its left side, plus that of its right side, minus that of both together.",
  xgboost: "Gain of a question: G² / (H + lambda) of its left side, plus that of its right side, minus that of both together. G sums the gradients of a side, H its hessians.",
};

export class SplitChart {
  /** @param {(event: MouseEvent) => void} close */
  constructor(close) {
    this.surface = new Surface("split-canvas");
    this.title = element("b");
    this.text = element("span", { class: "split-text" });
    const button = element("button", { type: "button", class: "card-close", "aria-label": "Back to the curves", on: { click: close } }, icon("close"));
    this.words = element("p", {}, this.title, " ", this.text);
    this.head = element("div", { class: "split-head" }, this.words, button);
    this.element = element("section", { class: "split", "aria-label": "Search for the split", hidden: true },
      this.head, this.surface.canvas);
  }

  scene(scene) {
    this.sceneNow = scene;
    this.words.dataset.tip = GAIN_TIPS[scene.engine];
    this.drawn = null;
  }

  theme(theme, colors) {
    Object.assign(this, { themeNow: theme, colors, drawn: null });
  }

  layout(width, height, scale) {
    Object.assign(this, { width, height, scale, drawn: null });
  }

  /** Returns whether a search is shown. */
  frame(frame) {
    const { split } = frame;
    this.element.hidden = !split;
    if (split && this.drawn !== frame.split_gain && this.themeNow) {
      this.drawn = frame.split_gain;
      this.#say(split);
      this.surface.resize(this.width, Math.max(90, this.height - this.head.offsetHeight - EDGE_PX)); // what the words leave
      this.#draw(frame);
    }
    return Boolean(split);
  }

  #say(split) {
    const { engine, subsample, tree_method: method, axes, trees_per_round: each } = this.sceneNow;
    const hessians = `, hessians${each > 1 ? " 2 p (1 − p)" : ""} to H = ${number(split.H)}`;
    const sums = `gradients sum to G = ${number(split.G)}${engine === "xgboost" ? hessians : ""}`;
    setText(this.title, `Gain of every question at this node: ${count(split.n_points)} ${split.n_points === 1 ? "point" : "points"}${subsample < 1 ? " that the tree saw" : ""}, ${sums}.`);
    const some = engine === "xgboost" && method !== "exact" ? ` Every threshold is drawn; ${method} tries only some of them.` : "";
    const barred = split.barred.map((feature) => ` Gray: this tree may not ask about ${this.#name(split, feature)} (column sample).`).join("");
    const unknown = split.unknown_features ? " Column sample: this tree might ask about one feature only. XGBoost does not say which." : "";
    const pale = split.min_child_weight > 0 ? ` Gray: a side has H below min child weight ${split.min_child_weight}.` : "";
    const free = split.reg_lambda > 0 ? ` Thin line: the gain without lambda ${split.reg_lambda}.` : "";
    const least = split.gamma > 0 ? ` Dashed: gamma ${split.gamma}, which a split must gain.` : "";
    const chosen = split.chosen_feature < 0
      ? `It stayed a leaf: ${split.at_depth ? "the depth is reached" : "no allowed question gains enough"}.`
      : `Chosen: ${this.#name(split, split.chosen_feature)} < ${onAxis(split.chosen_threshold, axes[split.chosen_feature])}, gain ${number(split.chosen_gain)}.`;
    const low = split.chosen_feature >= 0 && split.chosen_gain < split.gamma ? " Below gamma, but a question further down gains enough." : "";
    setText(this.text, chosen + low + barred + unknown + pale + least + free + some);
  }

  #name({ slanted }, feature) {
    return `${slanted ? "turned " : ""}${this.sceneNow.axes[feature].name}`;
  }

  #draw(frame) {
    const { surface, themeNow, scale } = this;
    const { context, width, height } = surface;
    const font = FONT_PX * scale;
    surface.clear();
    Object.assign(context, { font: `${font}px ${themeNow.font}`, lineJoin: "round" });
    const any = frame.split_legal.some(Boolean); // where everything is ruled out, that is what there is to see
    const legal = (gains) => gains.filter((_, k) => !any || frame.split_legal[k]);
    const top = Math.max(1e-9, frame.split.gamma, frame.split.chosen_gain ?? 0, ...legal(frame.split_gain), ...legal(frame.split_gain_free));
    const left = 4.2 * font;
    const each = (width - left - 10) / 2; // the width of one feature
    for (const feature of [0, 1]) {
      const box = { left: left + feature * each + (feature ? 26 : 0), right: left + (feature + 1) * each, top: 6, bottom: height - 2.7 * font };
      this.#feature(frame, feature, box, 1.08 * top);
    }
  }

  #feature(frame, feature, box, top) {
    const { context } = this.surface;
    const { themeNow } = this;
    const at = [...frame.split_feature.keys()].filter((k) => frame.split_feature[k] === feature);
    const ends = frame.split.ends[feature];
    const x = (value) => box.left + ((value - ends[0]) / (ends[1] - ends[0])) * (box.right - box.left);
    const y = (gain) => box.bottom - (Math.max(0, Math.min(gain, top)) / top) * (box.bottom - box.top);
    this.#axes(box, top, ends, x, y, feature, this.#name(frame.split, feature));
    for (const k of at) {
      const legal = frame.split_legal[k];
      context.fillStyle = legal ? themeNow.text : themeNow.ghost;
      context.fillRect(x(frame.split_threshold[k]) - 1, y(frame.split_gain[k]), 2, box.bottom - y(frame.split_gain[k]));
    }
    if (frame.split.reg_lambda > 0) this.#line(at.map((k) => [x(frame.split_threshold[k]), y(frame.split_gain_free[k])]));
    if (frame.split.gamma > 0) this.#level(box, y(frame.split.gamma));
    if (frame.split.chosen_feature !== feature) return;
    const [cx, cy] = [x(frame.split.chosen_threshold), y(frame.split.chosen_gain)];
    context.fillStyle = themeNow.primary;
    context.fillRect(cx - 2, cy, 4, box.bottom - cy);
    context.beginPath();
    context.arc(cx, cy, 5, 0, 2 * Math.PI);
    context.fill();
  }

  #level(box, y) {
    const { context } = this.surface;
    context.strokeStyle = context.fillStyle = this.themeNow.primary;
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    context.beginPath();
    context.moveTo(box.left, y);
    context.lineTo(box.right, y);
    context.stroke();
    context.setLineDash([]);
    context.textAlign = "right";
    context.textBaseline = "bottom";
    label(context, "gamma", box.right, y - 1, this.themeNow.primary, this.themeNow.background);
  }

  #line(places) {
    const { context } = this.surface;
    context.strokeStyle = this.themeNow.muted;
    context.lineWidth = 1;
    context.beginPath();
    places.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
  }

  #axes(box, top, ends, x, y, feature, name) {
    const { context } = this.surface;
    const { themeNow, scale } = this;
    drawAxes(context, box, themeNow);
    context.fillStyle = themeNow.muted;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const value of ticks(ends[0], ends[1], 3)) context.fillText(tickLabel(value), x(value), box.bottom + 4);
    context.fillText(name, (box.left + box.right) / 2, box.bottom + 4 + FONT_PX * scale);
    if (feature) return;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks(0, top, 3)) context.fillText(tickLabel(value), box.left - 5, y(value));
    nameUpright(context, box, "Gain", FONT_PX * scale);
  }
}
