/** The figures of all contenders as a table: the best of each column marked, ties after repeating named as ties. */

import { element, setAttribute, setText } from "./element.js";
import { count, loss } from "./format.js";
import { LETTERS } from "./contendermap.js";

const FORMS = {
  loss: small, score: small, count,
  share: (value) => `${(100 * value).toFixed(1)}%`, // of hundreds of test points a single one decides who leads
  seconds: (value) => (value < 1 ? `${brief(1000 * value)} ms` : `${brief(value)} s`),
  micros: (value) => `${brief(value)} µs`,
};
const MISSING = "–";
const COSTS = ["seconds", "micros"];
const UNTIMED = "Not timed: fitting it once more would take long. “Luck or skill” times it.";
const UNKNOWN = "Not defined here: the test data lack a class.";

/** What rounds to nothing is nothing: probabilities are clipped at 2e-16, and that is no result. */
function small(value) {
  return Math.abs(value) < 0.0005 ? "0.000" : loss(value);
}

/** Times are never sure to more than two digits. */
function brief(value) {
  return value >= 100 ? count(value) : value >= 10 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toPrecision(2);
}

export class Scoreboard {
  constructor() {
    this.head = element("tr");
    this.body = element("tbody");
    this.table = element("table", { class: "scoreboard" }, element("caption", { class: "visually-hidden", text: "Scoreboard" }), element("thead", {}, this.head), this.body);
    this.note = element("p", { class: "score-note" });
    this.element = element("section", { class: "scores", "aria-label": "Scoreboard" },
      element("div", { class: "score-scroller", tabindex: "0", role: "group", "aria-label": "Scoreboard" }, this.table), this.note);
  }

  scene(scene) {
    this.sceneNow = this.costs = scene;
    const heads = scene.columns.map(({ title, tip, best }) =>
      element("th", { scope: "col", text: title, "data-tip": `${tip} ${best === "low" ? "Lower is better." : "Higher is better."}` }));
    this.head.replaceChildren(element("th", { scope: "col", text: "Contender" }), ...heads);
    this.cells = scene.contenders.map(() => scene.columns.map(() => {
      const [value, spread, mark] = ["score-value", "score-spread", "score-mark"].map((name) => element("span", { class: name }));
      return { node: element("td", {}, mark, value, spread), value, spread, mark };
    }));
    this.body.replaceChildren(...scene.contenders.map(({ title, choices }, k) => element("tr", {},
      element("th", { scope: "row" }, element("span", { class: "score-name", "data-tip": `${title}: ${choices}.` }, badge(scene, k), element("span", { text: title }))), ...this.cells[k].map(({ node }) => node))));
  }

  frame(frame) {
    const { study } = frame;
    if (frame.costs) this.costs = frame; // measured late, and then for good
    this.sceneNow.columns.forEach((column, c) => {
      const repeated = study?.bands?.[column.key]; // with them a figure of one seed would stand beside means
      const best = study?.winners?.[column.key] ?? frame.winners[column.key] ?? this.costs.cost_winners[column.key] ?? [];
      const ties = study?.ties?.[column.key] ?? [];
      this.cells.forEach((row, k) => this.#cell(row[c], column, repeated ? null : this.#value(frame, k, column.key), repeated?.[k], { best: best.includes(k), tie: ties.includes(k) }, tip(frame, k, column.key, repeated?.[k], study?.seeds)));
    });
    setText(this.note, [study?.note ?? "★ best of its column with these data. “Luck or skill” repeats everything with other data: only then is a difference worth its name.", this.sceneNow.guess].join(" "));
  }

  #value(frame, k, key) {
    return frame.scores[k][key] ?? this.costs.costs[k][key] ?? null;
  }

  #cell({ node, value, spread, mark }, column, single, repeated, { best, tie }, tip) {
    const form = FORMS[column.form];
    const shown = repeated ? repeated.mean : single;
    setText(value, shown === null || shown === undefined ? MISSING : form(shown));
    setText(spread, repeated ? `± ${form(repeated.spread)}` : "");
    setText(mark, shown === null || shown === undefined ? "" : best ? "★" : tie ? "=" : "");
    setAttribute(mark, "aria-label", best ? "best" : tie ? "tie with the best" : null);
    node.classList.toggle("best", best && shown !== null);
    node.classList.toggle("tie", tie);
    setAttribute(node, "data-tip", shown === null || shown === undefined ? tip.missing : tip.shown);
  }
}

/** What a figure counts, and why it is missing where it is. */
function tip(frame, k, key, repeated, seeds) {
  const unfitted = !Object.keys(frame.scores[k]).length && frame.problems[k];
  const missing = unfitted ? `Not fitted: ${unfitted}.` : COSTS.includes(key) ? UNTIMED : UNKNOWN;
  const some = repeated && repeated.n < seeds ? `Mean over ${repeated.n} of ${seeds} seeds: the others have no such figure.` : null;
  return { missing, shown: key === "size" && frame.kept[k] ? `${frame.kept[k]}.` : some };
}

/** A contender's letter on its color. */
export function badge(scene, k) {
  const node = element("span", { class: "badge", text: LETTERS[k] });
  node.style.setProperty("--badge", scene.palette.contenders[k]);
  return node;
}
