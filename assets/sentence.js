/** The shown sequence: each token, what should follow or stand there, and what the model says, with its probability. */

import { element, setText } from "./element.js";
import { percent } from "./format.js";

const MANY_TOKENS = 12; // with more of them the columns are narrower
const ROWS = [
  ["tokens", "Reads", "What the model is given, token by token."],
  ["targets", "Asked", "The right answer at each position where one is asked."],
  ["said", "Says", "The most probable token at this position, with the right answers so far given."],
  ["intact", "As it is", "What it says without your changes."],
  ["moved", "Moved", "How much of the probability your changes have moved, in percent."],
  ["shares", "Sure", "The probability of what it says."],
  ["right", "Right", "The share of all test sequences that are right at this position."],
];

export class Sentence {
  /** @param {(place: number) => void} choose a token was pressed */
  constructor(choose) {
    this.choose = choose;
    this.body = element("tbody");
    const table = this.table = element("table", { class: "sentence" }, element("caption", { class: "visually-hidden", text: "The shown sequence" }), this.body);
    this.element = element("div", { class: "sentence-scroller", tabindex: "0", role: "group", "aria-label": "The shown sequence" }, table);
  }

  scene(scene) {
    if (scene.n_tokens === this.n) return;
    this.n = scene.n_tokens;
    this.table.classList.toggle("many", this.n > MANY_TOKENS);
    this.cells = {};
    this.rows = {};
    this.body.replaceChildren(...ROWS.map(([key, name, tip]) => {
      this.cells[key] = Array.from({ length: this.n }, (_, k) => element("td", key === "tokens" ? { on: { click: () => this.choose(k) } } : {}));
      return this.rows[key] = element("tr", { class: `sentence-${key}` }, element("th", { scope: "row", text: name, "data-tip": tip }), ...this.cells[key]);
    }));
  }

  frame(frame) {
    if (frame.tokens.length !== this.n) return;
    this.rows.intact.hidden = this.rows.moved.hidden = !frame.edited;
    setText(this.rows.targets.firstChild, frame.swap ? "Asked before" : "Asked"); // of swapped tokens it is not the answer
    for (let k = 0; k < this.n; k++) {
      const asked = frame.targets[k] !== "";
      const right = frame.said[k] === frame.targets[k] || Boolean(frame.swap);
      setText(this.cells.tokens[k], frame.tokens[k]);
      setText(this.cells.targets[k], frame.targets[k]);
      setText(this.cells.said[k], asked ? `${frame.said[k]}${right ? "" : " ✗"}` : "");
      this.cells.said[k].classList.toggle("wrong", asked && !right);
      setText(this.cells.intact[k], asked ? frame.said_intact[k] : "");
      setText(this.cells.moved[k], asked ? percent(frame.moved[k]) : "");
      this.cells.right[k].style.setProperty("--share", asked ? Math.max(0, frame.position_accuracy[k]).toFixed(3) : "0");
      this.cells.tokens[k].classList.toggle("swapped", Boolean(frame.swap?.includes(k)));
      this.cells.shares[k].classList.toggle("asked", asked);
      setText(this.cells.shares[k], asked ? percent(frame.said_proba[k]) : "");
      setText(this.cells.right[k], asked ? percent(frame.position_accuracy[k] < 0 ? null : frame.position_accuracy[k]) : "");
    }
  }

  /** Shows which two tokens a cell of the map joins. */
  mark(row, column) {
    this.cells.tokens.forEach((cell, k) => {
      cell.classList.toggle("looking", k === row);
      cell.classList.toggle("looked-at", k === column);
    });
  }
}
