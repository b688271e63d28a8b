/** Placing, moving and deleting own points on the output map. A drag can always be done by keys instead. */

import { element, setText } from "./element.js";

const MOVED = 0.12; // in data units: less is a click, not a drag

export class PointEditor {
  /**
   * @param {Object} actions `choose(choice)` for edits, `redraw()` when something to draw changed,
   *   `onSwitch()` when editing begins or ends
   */
  constructor(actions) {
    this.actions = actions;
    this.on = false;
    this.selected = -1;
    this.drag = null;
    this.toggle = element("input", { type: "checkbox", on: { change: () => this.#switch() } });
    this.classes = element("select", {
      class: "point-class",
      "aria-label": "Class of new points",
      "data-tip": "The class of the points that you place next. Watch the boundary move to make room for them.",
      hidden: true,
    });
    this.hint = element("span", { class: "point-hint" });
    this.bin = element("button", {
      type: "button",
      class: "point-delete",
      text: "Delete point",
      "data-tip": "Takes the selected point away, as the Delete key does. Watch the boundary relax.",
      hidden: true,
      on: { click: () => this.remove(this.selected) },
    });
    const tip =
      "Click the map to place a point of the chosen class, drag to move one. Click a point to select it, then delete it. Watch the boundary follow.";
    this.element = element(
      "div",
      { class: "point-editor", hidden: true },
      element("label", { class: "toggle", "data-tip": tip }, this.toggle, element("span", { text: "Edit points" })),
      this.classes,
      this.bin,
      this.hint,
    );
  }

  scene(scene) {
    this.element.hidden = !scene.own_points;
    if (!scene.own_points && this.on) this.toggle.click();
    this.ownIndex = scene.own_index ?? null;
    this.changing = false;
    this.#select(-1);
    const names = (scene.own_points ? scene.point_classes : scene.class_names) ?? [];
    if (names.join() === this.names) return;
    this.names = names.join();
    this.classes.replaceChildren(...names.map((text, value) => element("option", { value, text })));
  }

  /** Pointer down at a place; `hit` is the index of the point there or -1. Returns whether the editor takes over. */
  down(place, hit) {
    if (!this.on) return false;
    this.#select(hit);
    this.drag = { from: place, hit, place };
    this.actions.redraw();
    return true;
  }

  move(place) {
    if (!this.drag) return;
    this.drag.place = place;
    this.actions.redraw();
  }

  /** Pointer up: a click on free ground places, a drag moves. */
  up() {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    const far = Math.hypot(drag.place.x - drag.from.x, drag.place.y - drag.from.y) > MOVED;
    if (drag.hit < 0) this.place(drag.place);
    else if (far) this.#moveTo(drag.hit, drag.place);
    this.actions.redraw();
  }

  abort() {
    this.drag = null;
    this.#select(-1);
    this.actions.redraw();
  }

  place({ x, y }) {
    this.#select(-1);
    this.actions.choose({ add_point: [round(x), round(y), Number(this.classes.value)] });
  }

  /** Places are counted in the table that is seen: after a change the next one waits for the new table. */
  remove(index) {
    if (index < 0 || this.changing) return;
    this.changing = true;
    this.#select(-1);
    this.actions.choose({ delete_point: this.#own(index) });
  }

  /** The point being dragged, to be drawn under the pointer. */
  dragged(points) {
    if (!this.drag || this.drag.hit < 0) return null;
    return { ...points[this.drag.hit], ...this.drag.place };
  }

  #moveTo(index, { x, y }) {
    if (this.changing) return;
    this.actions.choose({ move_point: [this.#own(index), round(x), round(y)] });
  }

  #own(index) {
    return this.ownIndex ? this.ownIndex[index] : index;
  }

  /** The button stands in the hint's place, so that nothing moves. */
  #select(index) {
    this.selected = index;
    this.bin.hidden = !this.on || index < 0;
    setText(this.hint, this.on && index < 0 ? "Click places or selects, drag moves" : "");
  }

  #switch() {
    this.on = this.toggle.checked;
    this.classes.hidden = !this.on;
    this.abort();
    this.actions.onSwitch();
  }
}

const round = (value) => Math.round(value * 1000) / 1000;
