/** The view of the Playground page: network diagram, output map, numbers, curves, timeline. */

import { Colors, discretized } from "./colors.js";
import { ACCURACY, Curves, LOSS, R2 } from "./curves.js";
import { Diagram } from "./diagram.js";
import { element } from "./element.js";
import { EpochScale } from "./epochscale.js";
import { MapAxes } from "./mapaxes.js";
import { Numbers, RecordTable } from "./numbers.js";
import { OutputMap } from "./outputmap.js";
import { Pace, Throttle } from "./pace.js";
import { Goal, Remarks } from "./remarks.js";
import { Timeline } from "./timeline.js";

const LOOK_INTERVAL_MS = 30;
const TEXT_INTERVAL_MS = 100;
const REDUCED_INTERVAL_MS = 500;
const NARROW_PX = 760;
const PADDING_PX = 12;
const SIDE_SHARE = 0.43; // of the width for map and curves
const SIDE_MOST_PX = 820;
const SMALLEST_MAP_PX = 170;
const PROBE_PX = 900; // taller than all that may stand beside the map
const SMALLEST_CURVES_PX = 100;
const CURVES_SHARE = 0.33; // of the height that map and curves share

export function createView(stage) {
  return new NetworkView(stage);
}

class NetworkView {
  constructor(stage) {
    this.stage = stage;
    this.look = { unit: null, point: null };
    this.lookThrottle = new Throttle(LOOK_INTERVAL_MS, (look) => stage.keep({ type: "look", ...look }));
    this.text = new Pace(TEXT_INTERVAL_MS);
    this.calm = new Pace(REDUCED_INTERVAL_MS);
    this.#makeParts();
    this.mapPanel = element("div", { class: "panel map-panel" }, this.map.element);
    this.diagramPanel = element(
      "div",
      { class: "panel diagram-panel" },
      this.goal.element,
      this.diagram.element,
      this.remarks.element,
    );
    this.chartPanel = element(
      "div",
      { class: "panel chart-panel" },
      this.numbers.element,
      this.curves.element,
      this.timeline.element,
      this.table.element,
    );
    stage.element.classList.add("network");
    stage.element.append(this.mapPanel, this.diagramPanel, this.chartPanel);
  }

  #makeParts() {
    const { stage } = this;
    const repaint = () => stage.repaint();
    const seek = (epoch) => stage.send({ type: "seek", epoch });
    this.diagram = new Diagram({
      look: (unit) => this.#lookAtUnit(unit),
      edit: (link, value) => stage.send({ type: "edit", ...link, value }),
      resize: (sizes) => stage.choose({ change: { hidden_sizes: sizes } }),
    });
    this.map = new OutputMap({
      look: (point) => this.#look({ point }),
      choose: (choice) => stage.choose(choice),
      repaint,
    });
    this.numbers = new Numbers();
    const epochs = new EpochScale();
    this.curves = new Curves({ seek, repaint }, epochs);
    this.curves.clear.addEventListener("click", () => this.#clearGhost());
    this.timeline = new Timeline(seek, epochs);
    this.table = new RecordTable();
    this.remarks = new Remarks();
    this.goal = new Goal();
  }

  /** A new run is drawn; the run before stays as a ghost when it had been trained. */
  scene({ scene }, before) {
    this.sceneNow = scene;
    const sameData = before && before.scene.task === scene.task;
    if (sameData && before.scene.run !== scene.run && before.record.length > 1) {
      this.map.ghost(before.frame);
      this.curves.setGhost(before.record);
    } else if (before && !sameData) this.#clearGhost();
    this.#recolor();
    this.diagram.scene(scene);
    this.map.nameOf = this.diagram.namesOf;
    this.map.scene(scene, this.colors);
    this.numbers.scene(scene);
    this.remarks.scene();
    this.curves.show(scene.task === "regression" ? [LOSS, R2] : [LOSS, ACCURACY]);
    if (this.size) this.layout(this.size); // another number of classes needs other room
  }

  /** Draws what is new. Returns true when it wants another call although no message may come. */
  frame(run, now) {
    const { frame } = run;
    const playing = frame.status === "playing";
    const pictures = !(playing && this.stage.reducedMotion) || this.calm.due(now);
    const due = { pictures, text: this.text.due(now), whole: this.stage.reducedMotion };
    this.diagram.discrete = this.map.rail.shown.discretize;
    this.diagram.frame(frame, now, due);
    const waiting = this.map.frame(frame, now, pictures);
    this.numbers.frame(frame, now);
    this.curves.frame(run, now);
    this.timeline.frame(frame);
    this.table.frame(run, now);
    this.remarks.frame(frame);
    if (this.goal.frame(frame)) this.layout(this.size);
    return waiting;
  }

  theme(theme) {
    this.themeNow = theme;
    this.curves.theme(theme);
    if (this.sceneNow) {
      this.#recolor();
      this.map.theme(theme, this.colors);
    }
  }

  layout({ width, height }) {
    this.size = { width, height };
    const scale = this.stage.projector ? Math.max(1, (innerHeight * 0.026) / 14) : 1;
    const thick = this.stage.projector ? 2 : 1;
    if (width < NARROW_PX) this.#stack(width, scale, thick);
    else this.#sideBySide(width, height, scale, thick);
    this.timeline.layout(this.curves.span, this.curves.surface.width);
  }

  destroy() {
    this.lookThrottle.cancel();
  }

  /** Map and curves share the height of the right column; what stands around them is measured. */
  #sideBySide(width, height, scale, thick) {
    const side = Math.round(Math.min(Math.max(width * SIDE_SHARE, 400), SIDE_MOST_PX * scale));
    this.stage.element.style.setProperty("--side", `${side}px`);
    this.map.layout(PROBE_PX, scale);
    this.curves.layout(side - 4, 0, scale, thick);
    const around = this.mapPanel.offsetHeight - PROBE_PX + this.chartPanel.offsetHeight - this.table.openHeight;
    const room = height - around - PADDING_PX;
    const curves = Math.max(SMALLEST_CURVES_PX * scale, CURVES_SHARE * room);
    const widest = side - this.map.rail.width - MapAxes.room(scale).left - 12;
    const mapSide = Math.floor(Math.max(SMALLEST_MAP_PX, Math.min(widest, room - curves)));
    this.map.layout(mapSide, scale);
    this.curves.layout(side - 4, Math.max(SMALLEST_CURVES_PX * scale, room - mapSide), scale, thick);
    this.diagramPanel.style.minHeight = `${height - PADDING_PX}px`;
    const rest = this.goal.element.offsetHeight + this.remarks.element.offsetHeight + PADDING_PX;
    this.diagram.layout({ width: width - side - 16, height: height - rest, scale, thick });
  }

  #stack(width, scale, thick) {
    const axes = MapAxes.room(scale);
    this.map.layout(Math.floor(Math.min(width - axes.left - 8, 420)), scale);
    this.curves.layout(width - 4, 190 * scale, scale, thick);
    this.diagramPanel.style.minHeight = "";
    this.diagram.layout({ width: width - 4, height: null, scale, thick });
  }

  #recolor() {
    this.colors = new Colors(this.sceneNow.palette, this.themeNow);
    this.colors.signedDiscrete = discretized(this.colors.signed);
    this.diagram.theme(this.themeNow, this.colors);
    this.map.themeNow = this.themeNow;
  }

  #lookAtUnit(unit) {
    const feature = unit && unit[0] < 0;
    this.map.showFeature(feature ? [this.sceneNow.feature_labels[unit[1]], unit[1]] : null);
    this.#look({ unit: feature ? null : unit });
  }

  #look(change) {
    this.look = { ...this.look, ...change };
    this.lookThrottle.push(this.look);
  }

  #clearGhost() {
    this.map.ghost(null);
    this.curves.setGhost(null);
    this.stage.repaint();
  }
}
