/** Below the pictures: what the next tree is fitted to, what is looked at now, or how one point gets its score. */

import { element, setAttribute, setText } from "./element.js";
import { loss } from "./format.js";
import { RunningScore } from "./runningscore.js";
import { AFTER, TREE, treeName } from "./treestrip.js";

const HEIGHT_PX = 120;
const TALL_PX = 216; // where lines are short
const SHORT_LINES_PX = 480;
const PADDING_PX = 8; // above and below, as in trees.css
const SEEN = "it was fitted to";
const SIZES = [
  ["gradient", "gradients", "Truth minus what the trees so far say. Large: still wrong."],
  ["hessian", "hessians", "How much the gradient changes with the score: p (1 − p). Large: unsure. XGBoost divides by their sum plus lambda."],
];

export class TreeStory {
  /** @param {(off: boolean) => void} onSizes called when points shall show something else, or, pressed again, nothing */
  constructor(onSizes) {
    this.score = new RunningScore();
    this.shown = "gradient";
    this.title = element("b");
    this.text = element("p", { class: "story-text", role: "status" });
    this.buttons = SIZES.map(([key, text, tip]) => element("button", {
      type: "button", class: "quiet-button", text, "data-tip": tip,
      on: { click: () => this.#choose(key, onSizes) },
    }));
    this.sizes = element("span", { class: "story-sizes", role: "group", "aria-label": "Point size" }, element("span", { text: "Point size:" }), ...this.buttons);
    this.head = element("div", { class: "story-head" }, this.title, this.sizes);
    this.element = element("section", { class: "tree-story", "aria-label": "What is shown" }, this.head, this.text, this.score.element);
  }

  scene(scene) {
    this.sceneNow = scene;
    this.score.scene(scene);
  }

  theme(theme, colors) {
    this.score.theme(theme, colors);
  }

  layout(width, scale) {
    const short = width < SHORT_LINES_PX * scale;
    const height = (short ? TALL_PX : HEIGHT_PX) * scale;
    this.element.style.height = `${height}px`;
    this.score.layout(width, height - PADDING_PX, scale, short ? 2 : 1);
  }

  /** @param {Object} frame @param {Object} numbers the losses of the moment looked at */
  frame(frame, numbers) {
    const point = this.score.frame(frame);
    this.sizes.hidden = !frame.n_built; // there is no "+" yet to show the gradients after
    this.sized = Boolean(frame.gradient_sizes);
    this.#press();
    this.head.hidden = this.text.hidden = point;
    if (point) return;
    const [title, text] = this.#tell(frame, numbers);
    setText(this.title, title);
    setText(this.text, text);
  }

  #choose(key, onSizes) {
    const off = this.sized && this.shown === key;
    this.shown = key;
    this.#press();
    onSizes(off);
  }

  #press() {
    this.buttons.forEach((button, k) => setAttribute(button, "aria-pressed", String(this.sized && SIZES[k][0] === this.shown)));
  }

  #tell(frame, { train_loss: train, test_loss: test }) {
    const [kind, t] = frame.looked ?? [];
    if (kind === TREE) return [`${treeName(t, this.sceneNow)} by itself.`, this.#fitted(SEEN, t < this.sceneNow.trees_per_round ? "no tree had said anything yet" : "it looked hardest where the trees before it were most wrong")];
    if (kind === AFTER) {
      return [`All trees up to ${t + 1}: training loss ${loss(train)}, test loss ${loss(test)}.`, this.#fitted("the next tree is fitted to", "it will look hardest where these trees are most wrong")];
    }
    return ["What is the next tree fitted to?", `${this.#principle()} ${this.#progress(frame)}`];
  }

  #fitted(which, then) {
    return this.#said(which, then) + this.#sample(which === SEEN);
  }

  /** Which points a tree sees. XGBoost tosses a coin for each. */
  #sample(built) {
    const { subsample, engine } = this.sceneNow;
    if (subsample >= 1) return "";
    const part = `${engine === "xgboost" ? "about " : ""}${Math.round(100 * subsample)}% of the points, drawn by chance`;
    return built ? ` It saw ${part}; the others stay small.` : ` It will see ${part}.`;
  }

  #said(which, then) {
    if (this.shown === "gradient") return `Points are as large as the gradients ${which}: ${then}.`;
    const { objective, engine, newton, trees_per_round: rounds } = this.sceneNow;
    const twice = objective === "squared_error" ? "their sum" : "twice their sum";
    const xgboost = `XGBoost divides the gradients of a leaf by ${rounds > 1 ? twice : "their sum"} plus lambda.`;
    const use = engine === "xgboost" ? xgboost : newton ? `The Newton update divides the gradients of a leaf by ${twice}.` : "Classic boosting makes no use of them; XGBoost does.";
    const size = objective === "squared_error" ? "With the squared error all are 1, so all points count alike." : "Points are as large as their hessians p (1 − p): large where the trees before are unsure.";
    return `${size} ${use}`;
  }

  #principle() {
    const { objective, learning_rate: rate, class_names: names, trees_per_round: each } = this.sceneNow;
    const said = objective === "squared_error" ? "value" : "probability";
    const half = objective === "logistic" ? 0 : 0.5;
    const wins = each > 1 ? "; the highest score wins" : names.length ? `; above ${half} it speaks for ${names[1]}` : "";
    return `To what is still wrong: each point's gradient, truth minus the ${said} that the trees so far give. ${each > 1 ? "A round adds a tree for each class: " : ""}${rate} times what the tree says is added to the score${each > 1 ? " of its class" : ""}${wins}.`;
  }

  #progress({ gradient_means: [first, now], n_built: nBuilt }) {
    return nBuilt ? `Mean size of the gradients: ${loss(first)} before the first tree, ${loss(now)} now.` : `Mean size of the gradients: ${loss(first)}.`;
  }
}
