/** A small copy of the output map on a phone: seen while a part of the model or a past moment is looked at and the map itself is not. */

import { element, setText } from "./element.js";
import { Pace } from "./pace.js";
import { Surface } from "./surface.js";

const SIDE_PX = 132;
const SEEN_SHARE = 0.4; // of the map: with more of it in the window a copy would only be in the way
const INTERVAL_MS = 100;

export class MapEcho {
  /** @param {import("./outputmap.js").OutputMap} map @param {() => void} repaint */
  constructor(map, repaint) {
    this.map = map;
    this.narrow = this.away = false;
    this.pace = new Pace(INTERVAL_MS);
    this.title = element("div", { class: "map-echo-title" });
    this.surface = new Surface("map-echo-picture");
    this.field = element("div", { class: "map-echo-field" }, this.surface.canvas);
    this.element = element("div", { class: "map-echo", "aria-hidden": "true", hidden: true }, this.title, this.field);
    this.watcher = new IntersectionObserver(([entry]) => {
      this.away = entry.intersectionRatio < SEEN_SHARE;
      if (this.narrow) repaint();
    }, { threshold: SEEN_SHARE });
    this.watcher.observe(map.field);
  }

  layout(narrow) {
    this.narrow = narrow;
    this.surface.resize(SIDE_PX, SIDE_PX);
  }

  /** @param {boolean} looking whether anything but the output itself is shown @param {boolean} past whether a past moment is */
  frame(frame, now, looking, past) {
    const shown = this.narrow && this.away && (looking || past);
    this.element.hidden = !shown;
    this.element.classList.toggle("high", past); // else it would lie on the timeline that is being dragged
    if (!shown || (frame.status === "playing" && !this.pace.due(now))) return;
    setText(this.title, this.map.title.textContent);
    for (const layer of this.map.canvas.element.children) this.surface.context.drawImage(layer, 0, 0, SIDE_PX, SIDE_PX);
  }

  destroy() {
    this.watcher.disconnect();
  }
}
