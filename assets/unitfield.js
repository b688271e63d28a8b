/**
 * The units as things that can be pointed at, focused and opened. One unit is in the Tab order; arrows move between
 * units, left and right between layers.
 */

import { element, setAttribute, setText } from "./element.js";
import { short } from "./format.js";

const LEAVE_MS = 90; // crossing the gap between two units must not flash the output in between
const STATES = ["", "dead", "saturated"];
const REASONS = {
  dead: "Dead: at every training point it is at the flat end of its activation, so hardly any gradient reaches it.",
  saturated: "Saturated: it sits at a flat end of its activation for nearly every training point, so it hardly learns.",
};

export class UnitField {
  /**
   * @param {Object} actions `look(unit|null)` and `open(unit)`, unit = [layer, index], layer -1 = features
   */
  constructor(actions) {
    this.actions = actions;
    this.element = element("div", {
      class: "unit-field",
      role: "group",
      "aria-label": "Units: arrow keys move, Enter edits",
    });
    this.columns = [];
    this.current = [0, 0];
    this.looked = null;
    this.#listen();
  }

  place(layout, scene, nameOf) {
    Object.assign(this, { layout, nameOf, labels: scene.feature_labels });
    layout.columns.forEach((column, k) => this.#placeColumn(k, column));
    for (const column of this.columns.splice(layout.columns.length)) column.forEach((node) => node.remove());
    this.#tabStop(Math.min(this.current[0], this.columns.length - 1), this.current[1]);
    const [k, i] = this.looked?.split(",") ?? [0, 0];
    if (!this.columns[k]?.[i]) this.#tell(null); // the unit looked at is gone
  }

  /** Marks dead and saturated units; with a traced sample the names also tell the outputs. */
  states(states, values) {
    let k = 0;
    this.columns.slice(1).forEach((column, layer) =>
      column.forEach((node, unit) => {
        const state = STATES[states?.[k] ?? 0] ?? "";
        const output = values ? `, output ${short(values[k])}` : "";
        k++;
        if (node.dataset.state !== state) node.dataset.state = state;
        setAttribute(node, "aria-label", `${this.nameOf(layer, unit)}${state && `, ${state}`}${output}`);
      }),
    );
  }

  reason(layer, unit) {
    return REASONS[this.columns[layer + 1]?.[unit]?.dataset.state] ?? "";
  }

  /** Where a card about a unit may stand. */
  anchor(layer, unit) {
    const { x, tops } = this.layout.columns[layer + 1];
    return { x: x + this.layout.unit, y: tops[unit] + this.layout.unit / 2 };
  }

  restoreFocus() {
    this.columns[this.current[0]]?.[this.current[1]]?.focus({ preventScroll: true });
  }

  #placeColumn(k, { x, tops }) {
    const column = (this.columns[k] ??= []);
    while (column.length < tops.length) column.push(this.#unit(k, column.length));
    for (const node of column.splice(tops.length)) node.remove();
    tops.forEach((top, i) => {
      const node = column[i];
      Object.assign(node.style, {
        left: `${x}px`,
        top: `${top}px`,
        width: `${this.layout.unit}px`,
        height: `${this.layout.unit}px`,
      });
      node.dataset.state = "";
      setAttribute(node, "aria-label", this.nameOf(k - 1, i));
      setText(node.firstChild, k === 0 ? this.labels[i] : "");
    });
  }

  #unit(k, i) {
    const node = element(
      "button",
      { type: "button", class: k === 0 ? "unit feature" : "unit", tabindex: "-1" },
      element("span", { class: "unit-label", "aria-hidden": "true" }),
    );
    node.place = [k, i];
    this.element.append(node);
    return node;
  }

  #tabStop(k, i) {
    const [oldK, oldI] = this.current;
    this.columns[oldK]?.[oldI]?.setAttribute("tabindex", "-1");
    const column = this.columns[k];
    this.current = [k, Math.min(i, column.length - 1)];
    column[this.current[1]].setAttribute("tabindex", "0");
  }

  #listen() {
    const unitOf = (event) => event.target.closest?.(".unit")?.place;
    const look = (event) => this.#look(unitOf(event) ?? null);
    this.element.addEventListener("pointerover", look);
    this.element.addEventListener("pointerout", () => this.#look(null));
    this.element.addEventListener("focusin", (event) => this.#focus(unitOf(event)));
    this.element.addEventListener("focusout", () => this.#look(null));
    this.element.addEventListener("click", (event) => this.#click(unitOf(event), event));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("pointerdown", (event) => (this.touched = event.pointerType === "touch"));
  }

  #focus(place) {
    if (!place) return;
    this.#tabStop(...place);
    this.#look(place);
  }

  /** With a finger the first tap looks and the second one opens. */
  #click(place) {
    if (!place) return;
    const first = this.touched && this.opened !== place.join();
    this.opened = place.join();
    if (!first) this.actions.open([place[0] - 1, place[1]]);
  }

  #look(place) {
    clearTimeout(this.timer);
    if (place) return this.#tell(place);
    this.timer = setTimeout(() => this.#tell(this.#focused()), LEAVE_MS);
  }

  /** Focus counts as hover, but only while it is the keyboard's. */
  #focused() {
    const node = this.element.getRootNode().activeElement;
    return node?.place && node.matches(":focus-visible") ? node.place : null;
  }

  #tell(place) {
    const key = place?.join() ?? null;
    if (key === this.looked) return;
    this.looked = key;
    for (const node of this.element.querySelectorAll(".looked")) node.classList.remove("looked");
    if (place) this.columns[place[0]][place[1]].classList.add("looked");
    this.actions.look(place && [place[0] - 1, place[1]]);
  }

  #key(event) {
    const move = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!move) return;
    event.preventDefault();
    const [k, i] = this.current;
    const column = Math.min(Math.max(k + move[0], 0), this.columns.length - 1);
    const share = move[0]
      ? Math.round((i * (this.columns[column].length - 1)) / Math.max(1, this.columns[k].length - 1))
      : i + move[1];
    const row = Math.min(Math.max(share, 0), this.columns[column].length - 1);
    this.columns[column][row].focus();
  }
}
