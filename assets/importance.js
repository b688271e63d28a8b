/** How much the trees rest on each feature: gain, cover and number of splits as shares, and the rise of the test loss. */

import { element, setText } from "./element.js";
import { number, percent } from "./format.js";

const COLUMNS = [
  ["gain", "Gain", "The share of all gain that splits by this feature brought."],
  ["cover", "Cover", "The share of all points (XGBoost: hessians) that came to a split by this feature."],
  ["weight", "Splits", "The share of all splits that ask about this feature."],
  ["permutation", "Shuffled", "By how much the test loss rises when this feature's values are mixed up among the test points. The only one measured on points kept out of training."],
];
const NOTE = "The first three come from the trees themselves. Shuffled: how much the test loss rises when this feature's values are mixed up.";
const NONE = {
  turned: "Turned trees mix the features: no importance belongs to one of them.",
  empty: "No tree yet.",
};

export class Importance {
  /** @param {(on: boolean) => void} ask told when the table comes into sight, since it takes time to measure */
  constructor(ask) {
    this.body = element("tbody");
    this.none = element("p", { class: "importance-none" });
    this.which = element("td");
    const head = element("tr", {}, this.which, ...COLUMNS.map(([, name, tip]) => element("th", { scope: "col", text: name, "data-tip": tip })));
    this.table = element("table", { class: "importance" }, element("caption", { class: "visually-hidden", text: "Importance of each feature" }), element("thead", {}, head), this.body);
    const pane = element("div", { class: "importance-pane", tabindex: "0", role: "group", "aria-label": "Importance" },
      this.table, element("p", { class: "importance-note", text: NOTE }), this.none);
    this.chart = { key: "importance", label: "Importance", pane, open: ask };
  }

  scene(scene) {
    this.sceneNow = scene;
    this.key = null;
  }

  frame({ importance, n_built: nBuilt }) {
    const key = `${JSON.stringify(importance)} ${nBuilt}`;
    if (key === this.key) return;
    this.key = key;
    this.table.hidden = !importance;
    setText(this.none, importance ? "" : nBuilt ? NONE.turned : NONE.empty);
    if (!importance) return;
    setText(this.which, treesOf(importance.n_trees, nBuilt));
    this.body.replaceChildren(...this.sceneNow.axes.map((axis, k) => row(axis.name, importance, k)));
  }
}

/** Which trees the table is of: all, or at a plus sign those up to it. */
function treesOf(n, nBuilt) {
  const trees = n === 1 ? "tree" : `${n} trees`;
  return n < nBuilt ? `First ${trees}` : n === 1 ? "One tree" : `All ${trees}`;
}

function row(name, importance, k) {
  const most = Math.max(1e-9, ...(importance.permutation ?? []));
  const cells = COLUMNS.map(([kind]) => {
    const value = importance[kind]?.[k];
    const share = kind === "permutation" ? value / most : value;
    const text = value === undefined ? "…" : kind === "permutation" ? `${value >= 0 ? "+" : ""}${number(value)}` : percent(value);
    const bar = element("span", { class: "importance-bar" });
    bar.style.width = `${100 * Math.max(0, Math.min(1, share || 0))}%`;
    return element("td", {}, bar, element("span", { text }));
  });
  return element("tr", {}, element("th", { scope: "row", text: name }), ...cells);
}
