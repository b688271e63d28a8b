/** The key numbers of a run, large; the confusion matrix; the table behind the curves. */

import { element, setText } from "./element.js";
import { count, loss, number, percent } from "./format.js";
import { Pace } from "./pace.js";
import { classSymbol } from "./points.js";

const INTERVAL_MS = 80;
const TABLE_ROWS = 50;
const MANY_CLASSES = 4; // with more of them the cells are narrower

export class Numbers {
  /** @param {{matrix?: boolean}} shown whether the confusion matrix stands beside the numbers */
  constructor({ matrix = false } = {}) {
    this.pace = new Pace(INTERVAL_MS);
    this.withMatrix = matrix;
    this.train = figure("Training loss", "What training makes small, averaged over the training points.");
    this.test = figure(
      "Test loss",
      "The same on points kept out of training. Rising while training loss falls: overfitting.",
    );
    this.score = figure("Test accuracy", "The share of test points on the right side.");
    this.confusion = element("table", {
      class: "confusion",
      "data-tip":
        "Rows: the true class of test points. Columns: what the model says. Mistakes stand off the diagonal.",
    });
    this.matrix = element(
      "div",
      { class: "confusion-scroller", hidden: true, tabindex: "0", role: "group", "aria-label": "Confusion matrix" },
      this.confusion,
    );
    this.element = element(
      "section",
      { class: "numbers", "aria-label": "Key numbers" },
      this.train.node,
      this.test.node,
      this.score.node,
      this.matrix,
    );
  }

  scene(scene) {
    this.regression = scene.task === "regression";
    this.names = scene.class_names ?? [];
    this.symbols = this.names.map((_, k) => [scene.palette.shapes[k], scene.palette.classes[k]]);
    setText(this.score.name, this.regression ? "Test R²" : "Test accuracy");
    this.score.node.dataset.tip = this.regression
      ? "The part of the test targets' variance that is explained: 1 is perfect, 0 is no better than the mean."
      : "The share of test points on the right side.";
    this.cells = null;
    this.pace.reset();
  }

  /** Returns whether the confusion matrix has another size, so that what stands below needs another height. */
  frame(frame, now) {
    if (frame.status === "playing" && !this.pace.due(now)) return false;
    const rows = this.matrix.hidden ? 0 : this.confusion.rows.length;
    setText(this.train.value, loss(frame.train_loss));
    setText(this.test.value, loss(frame.test_loss));
    setText(this.score.value, this.regression ? loss(frame.test_r2 ?? frame.r2) : percent(frame.test_accuracy));
    this.#confusion(frame.confusion);
    return rows !== (this.matrix.hidden ? 0 : this.confusion.rows.length);
  }

  #confusion(matrix) {
    this.matrix.hidden = !matrix || !this.withMatrix;
    if (this.matrix.hidden) return;
    if (this.cells?.length !== matrix.length) this.#table(matrix.length);
    matrix.forEach((row, i) => row.forEach((value, j) => setText(this.cells[i][j], count(value))));
  }

  #table(n) {
    const header = (scope) => (_, k) =>
      element("th", { scope, "aria-label": this.names[k], title: this.names[k] }, classSymbol(...this.symbols[k]));
    this.cells = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => element("td", i === j ? { class: "right" } : {})),
    );
    const head = element(
      "tr",
      {},
      element("td", { class: "corner", text: "true \\ says" }),
      ...this.cells.map(header("col")),
    );
    const rows = this.cells.map((cells, k) => element("tr", {}, header("row")(cells, k), ...cells));
    this.confusion.classList.toggle("many", n > MANY_CLASSES);
    this.confusion.replaceChildren(
      element("caption", { class: "visually-hidden", text: "Confusion matrix of the test points" }),
      head,
      ...rows,
    );
  }
}

function figure(text, tip) {
  const name = element("span", { class: "figure-name", text });
  const value = element("b", { class: "figure-value", text: "–" });
  return { name, value, node: element("div", { class: "figure", "data-tip": tip }, name, value) };
}

/** The last records as a table, filled while it is open. */
export class RecordTable {
  /** @param {...HTMLElement} beside what stands at the end of the line that opens the table */
  constructor(...beside) {
    this.pace = new Pace(500);
    this.body = element("tbody");
    this.head = element("thead");
    const table = element("table", { class: "record-table" }, this.head, this.body);
    this.details = element(
      "details",
      {},
      element("summary", { text: "Table of losses", "data-tip": "The numbers behind the curves, the newest first." }),
      element(
        "div",
        { class: "record-scroller", tabindex: "0", role: "group", "aria-label": "Table of losses" },
        table,
      ),
    );
    this.details.addEventListener("toggle", () => this.details.open && this.record && this.#fill(this.record));
    this.element = element("div", { class: "record" }, this.details, ...beside);
  }

  /** Height of what opens below the summary. */
  get openHeight() {
    return this.details.open ? this.details.offsetHeight - this.details.firstChild.offsetHeight : 0;
  }

  frame({ frame, record }, now) {
    this.record = record;
    if (!this.details.open || record.version === this.version) return;
    if (frame.status === "playing" && !this.pace.due(now)) return;
    this.#fill(record);
  }

  #fill(record) {
    this.version = record.version;
    const names = record.names;
    this.head.replaceChildren(
      element("tr", {}, ...names.map((name) => element("th", { scope: "col", text: name.replace("_", " ") }))),
    );
    const first = Math.max(0, record.length - TABLE_ROWS);
    const rows = [];
    for (let row = record.length - 1; row >= first; row--) {
      rows.push(element("tr", {}, ...names.map((name) => element("td", { text: cell(name, record.at(name, row)) }))));
    }
    this.body.replaceChildren(...rows);
  }
}

function cell(name, value) {
  if (name === "epoch" || name === "step") return count(value);
  return name.endsWith("accuracy") ? percent(value) : number(value);
}
