/** Which map is shown large: a head's own, the average of several, or the rollout. */

import { element } from "./element.js";

const KINDS = [
  ["head", "This head"],
  ["layer", "Average of this layer"],
  ["layers", "Average of all layers"],
  ["rollout", "Rollout to this layer"],
];
const TIP = "A head's own map, the average of several, or the rollout: attention followed through all layers up to this one, with half of each token passing straight on. Heads that are off are left out.";

export class JoinedChoice {
  /** @param {(joined: string) => void} choose */
  constructor(choose) {
    this.element = element("select", { class: "head-joined", "aria-label": "Which map", "data-tip": TIP, on: { change: () => choose(this.element.value) } },
      ...KINDS.map(([value, text]) => element("option", { value, text })));
  }

  show(joined) {
    if (this.element.value !== joined) this.element.value = joined;
  }
}

/**
 * What the map is called.
 * @param {string} joined @param {number} layer counted from 0 @param {string} head the name of a head's own map
 */
export function titleOf(joined, layer, head) {
  return { head, layer: `Average of layer ${layer + 1}`, layers: "Average of all layers", rollout: `Rollout, layers 1 to ${layer + 1}` }[joined];
}
