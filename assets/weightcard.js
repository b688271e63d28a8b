/** The card about a link, a bias or a unit: values and gradients, and number fields to set them by hand. */

import { element, icon, setText } from "./element.js";
import { number } from "./format.js";

const GAP_PX = 12;
const MAX_WEIGHT = 10_000; // as in playground/spec/weights.py

/**
 * @typedef {Object} Row one parameter
 * @property {string} name @property {string} [fullName] for assistive technology @property {number} index place in the flat array
 * @property {{layer: number, unit: number, input: number|null}} link
 */

export class WeightCard {
  /** @param {(link: Object, value: number) => void} onEdit */
  constructor(onEdit, onClose) {
    this.onEdit = onEdit;
    this.onClose = onClose;
    this.title = element("div", { class: "card-title" });
    this.note = element("div", { class: "card-note" });
    this.list = element("div", { class: "card-rows" });
    const close = element(
      "button",
      { type: "button", class: "card-close", "aria-label": "Close", on: { click: () => this.close() } },
      icon("close"),
    );
    this.element = element(
      "div",
      {
        class: "weight-card",
        role: "dialog",
        "aria-label": "Weights",
        hidden: true,
        on: { keydown: (e) => this.#key(e) },
      },
      close,
      this.title,
      this.note,
      this.list,
    );
    /** @type {Row[]} */
    this.rows = [];
    this.editing = false;
  }

  get open() {
    return !this.element.hidden;
  }

  /** Shows values only; the pointer passes through. Without an anchor: as one line at the lower edge. */
  peek(title, note, rows, anchor, bounds) {
    if (this.editing) return;
    this.#fill(title, note, rows, false);
    this.element.classList.toggle("line", !anchor);
    if (anchor) this.#place(anchor, bounds);
    else Object.assign(this.element.style, { left: `${bounds.left}px`, top: "" });
    this.element.style.maxWidth = anchor ? "" : `${bounds.width}px`;
  }

  /** Shows number fields, the first one ready to type into. */
  edit(title, note, rows, anchor, bounds) {
    this.editing = true;
    this.element.classList.remove("line");
    this.element.style.maxWidth = "";
    this.#fill(title, note, rows, true);
    this.#place(anchor, bounds);
    const first = this.list.querySelector("input");
    first?.focus();
    first?.select();
  }

  close() {
    if (!this.open) return;
    const wasEditing = this.editing;
    this.editing = false;
    this.element.hidden = true;
    this.rows = [];
    this.onClose(wasEditing);
  }

  /** Writes the newest values; a field that is being typed into is left alone. */
  update(params, gradients) {
    if (!this.open || !params) return;
    const focused = this.element.getRootNode().activeElement;
    this.rows.forEach(({ index }, k) => {
      const [, value, gradient] = this.list.children[k].children;
      const text = number(params[index]);
      if (value.tagName !== "INPUT") setText(value, text);
      else if (value !== focused || !value.dataset.touched) value.value = plain(params[index]);
      setText(gradient, gradients ? `gradient ${number(gradients[index])}` : "");
    });
  }

  #fill(title, note, rows, editable) {
    setText(this.title, title);
    setText(this.note, note);
    this.element.classList.toggle("editing", editable);
    this.element.hidden = false;
    this.rows = rows;
    this.list.replaceChildren(...rows.map((row) => this.#row(row, editable)));
  }

  #row(row, editable) {
    const value = editable ? this.#input(row) : element("b", { class: "card-value" });
    return element(
      editable ? "label" : "div",
      { class: "card-row" },
      element("span", { text: row.name }),
      value,
      element("span", { class: "card-gradient" }),
    );
  }

  #input(row) {
    const touch = () => (input.dataset.touched = "yes");
    const input = element("input", {
      type: "number",
      step: "any",
      min: -MAX_WEIGHT,
      max: MAX_WEIGHT,
      class: "card-input",
      "aria-label": row.fullName ?? row.name,
      on: { input: touch },
    });
    input.addEventListener("change", () => this.#commit(row, input));
    return input;
  }

  #commit(row, input) {
    if (!input.dataset.touched) return; // Enter has sent it already
    if (!input.reportValidity()) return; // the browser names the range
    const value = input.valueAsNumber;
    delete input.dataset.touched;
    if (Number.isFinite(value)) this.onEdit(row.link, value);
  }

  #key(event) {
    event.stopPropagation();
    const input = event.target.closest("input");
    if (event.key === "Escape") this.#abort();
    if (event.key !== "Enter" || !input) return;
    event.preventDefault();
    const row = this.rows[[...this.list.children].indexOf(input.parentElement)];
    this.#commit(row, input);
    if (this.rows.length === 1 && input.validity.valid) this.close();
    else input.select();
  }

  #abort() {
    for (const input of this.list.querySelectorAll("input")) delete input.dataset.touched;
    this.close();
  }

  /** Beside the anchor, inside the bounds. */
  #place({ x, y }, { left, top, width, height }) {
    const { offsetWidth: w, offsetHeight: h } = this.element;
    const right = x + GAP_PX + w < left + width ? x + GAP_PX : x - GAP_PX - w;
    const below = y + GAP_PX + h < top + height ? y + GAP_PX : y - GAP_PX - h;
    this.element.style.left = `${Math.max(left + 4, Math.min(right, left + width - w - 4))}px`;
    this.element.style.top = `${Math.max(top + 4, Math.min(below, top + height - h - 4))}px`;
  }
}

/** Six digits for a number field, without trailing zeros. */
function plain(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : "";
}
