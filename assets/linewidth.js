/** How wide a line is drawn: on a projector none is thinner than the last row can see. */

const PROJECTED_PX = 4;

/** @param {number} px width at a desk @param {number} scale how much larger a projector draws; 1 at a desk */
export function lineWidth(px, scale) {
  return scale > 1 ? Math.max(px * scale, PROJECTED_PX) : px;
}
