/** The same drawing read by others: one row a reader, one column a digit, each cell its probability; first this network. */

import { element, setAttribute, setText } from "./element.js";
import { nothing } from "./why.js";

const DIGITS = 10;

export class Readers {
  constructor() {
    this.head = element("tr", {}, element("th", { scope: "col", text: "Reader" }), ...Array.from({ length: DIGITS }, (_, digit) => element("th", { scope: "col", text: String(digit) })));
    this.mine = row();
    setText(this.mine.name, "This network");
    setText(this.mine.test, "–");
    setAttribute(this.mine.node, "class", "mine");
    setAttribute(this.mine.node, "data-tip", "The network on this page as it is now. Train it, and watch it come close to the others.");
    this.rows = [];
    this.body = element("tbody", {}, this.mine.node);
    this.empty = element("p", { class: "digits-note" });
    this.table = element("table", { class: "readers" }, element("caption", { class: "visually-hidden", text: "Probability in percent of each digit, by reader" }), element("thead", {}, this.head), this.body);
    this.note = element("p", { class: "digits-note", text: "Percent for each digit; bold is the first guess. The five others were made before and stay as they are: in the last column, how many of the 10,000 official test images each reads rightly." });
    this.head.append(element("th", { scope: "col", text: "test" }));
    this.element = element("div", { class: "readers-box" }, this.empty, this.table, this.note);
  }

  /** @param {boolean} former whether this is what was said of a drawing before */
  dim(former) {
    this.element.classList.toggle("former", former);
  }

  /** What this network says, in every frame. */
  own({ proba }) {
    fill(this.mine, proba);
  }

  frame(frame) {
    const readers = frame.readers ?? [];
    const waits = !readers.length && frame.has_ink && this.rows.length > 0;
    this.element.classList.toggle("waits", waits); // while it trains the room is kept: nothing below jumps
    this.table.hidden = this.note.hidden = !readers.length && !waits;
    this.empty.hidden = readers.length > 0;
    setText(this.empty, readers.length ? "" : nothing(frame));
    while (this.rows.length < readers.length) this.rows.push(row());
    if (readers.length && this.body.childElementCount !== 1 + readers.length) this.body.replaceChildren(this.mine.node, ...this.rows.slice(0, readers.length).map(({ node }) => node));
    readers.forEach((reader, k) => {
      const { name, test, node } = this.rows[k];
      setText(name, reader.name);
      setAttribute(node, "data-tip", reader.note);
      setText(test, `${(100 * reader.accuracy).toFixed(1)}%`);
      fill(this.rows[k], reader.proba);
    });
  }
}

function row() {
  const [name, test] = [element("th", { scope: "row" }), element("td", { class: "readers-test" })];
  const cells = Array.from({ length: DIGITS }, () => element("td"));
  return { name, cells, test, node: element("tr", {}, name, ...cells, test) };
}

function fill({ cells }, proba) {
  const first = proba.indexOf(Math.max(...proba));
  cells.forEach((cell, digit) => {
    const part = proba[digit];
    setText(cell, part >= 0.005 ? (100 * part).toFixed(0) : "·");
    cell.classList.toggle("first", digit === first);
    cell.style.background = part >= 0.005 ? `color-mix(in srgb, var(--primary) ${Math.round(8 + 37 * part)}%, var(--back))` : "";
  });
}
