/** The part of the map that reaches a node: a convex polygon over the map. */

import { svg } from "./element.js";

export class NodeRegion {
  constructor() {
    this.lines = [svg("polygon", { class: "halo" }), svg("polygon", {})];
    this.element = svg("svg", { class: "map-region", "aria-hidden": "true" }, ...this.lines);
    this.show(null, 1);
  }

  /** @param {Float32Array|null} corners x, y, x, y ... in map units, -range to range */
  show(corners, range) {
    this.element.toggleAttribute("hidden", !corners?.length);
    if (!corners?.length) return;
    this.element.setAttribute("viewBox", `${-range} ${-range} ${2 * range} ${2 * range}`);
    const text = Array.from(corners, (value, k) => (k % 2 ? -value : value)).join(" ");
    for (const line of this.lines) line.setAttribute("points", text);
  }
}
