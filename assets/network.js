/** The view of the Playground page: network diagram beside output map, numbers, curves, timeline. */

import { discretized } from "./colors.js";
import { Diagram } from "./diagram.js";
import { Pace } from "./pace.js";
import { PointsView } from "./pointsview.js";

const TEXT_INTERVAL_MS = 100;
const SIDE_SHARE = 0.43; // of the width for map and curves

export function createView(stage) {
  return new NetworkView(stage);
}

class NetworkView extends PointsView {
  constructor(stage) {
    super(stage, SIDE_SHARE, true);
    this.text = new Pace(TEXT_INTERVAL_MS);
    this.diagram = new Diagram({
      look: (unit) => this.#lookAtUnit(unit),
      edit: (link, value) => stage.send({ type: "edit", ...link, value }),
      resize: (sizes) => stage.choose({ change: { hidden_sizes: sizes } }),
    });
    this.mainPanel.append(this.goal.element, this.diagram.element, this.remarks.element);
  }

  showRun(scene) {
    this.diagram.scene(scene);
    this.map.nameOf = this.diagram.namesOf;
  }

  /** Draws what is new. Returns true when it wants another call although no message may come. */
  frame(run, now) {
    const { frame } = run;
    const playing = frame.status === "playing";
    const pictures = !(playing && this.stage.reducedMotion) || this.calm.due(now);
    const due = { pictures, text: this.text.due(now), whole: this.stage.reducedMotion };
    this.diagram.discrete = this.stage.shows.has("discretize");
    this.diagram.frame(frame, now, due);
    const waiting = this.map.frame(frame, now, pictures);
    this.drawAround(run, frame, now);
    return waiting;
  }

  recolorParts() {
    this.colors.signedDiscrete = discretized(this.colors.signed);
    this.diagram.theme(this.themeNow, this.colors);
  }

  layoutParts({ width, height, scale, thick, padding }) {
    this.mainPanel.style.minHeight = height ? `${height - padding}px` : "";
    const rest = this.goal.element.offsetHeight + this.remarks.element.offsetHeight + padding;
    this.diagram.layout({ width, height: height && height - rest, scale, thick });
  }

  #lookAtUnit(unit) {
    const feature = unit && unit[0] < 0;
    this.map.showFeature(feature ? [this.sceneNow.feature_labels[unit[1]], unit[1]] : null);
    this.look({ unit: feature ? null : unit });
  }
}
