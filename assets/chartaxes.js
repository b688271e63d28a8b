/** What all charts share: the two lines of their axes, the name beside the upright one, and text that stands off lines. */

const NAME_SHARE = 0.6; // of a letter's height between the edge and the middle of the name

/** @param {CanvasRenderingContext2D} context @param {Object} box `left`, `right`, `top`, `bottom` */
export function drawAxes(context, box, theme) {
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(box.left + 0.5, box.top);
  context.lineTo(box.left + 0.5, box.bottom + 0.5);
  context.lineTo(box.right, box.bottom + 0.5);
  context.stroke();
}

/** The name of the upright axis, read from below; beside a low chart it reaches below the axis. @param {number} font height of a letter, px */
export function nameUpright(context, box, text, font) {
  const length = Math.min(context.measureText(text).width, box.bottom + 2 * font);
  context.save();
  context.translate(font * NAME_SHARE, Math.max(box.top + box.bottom, length + 2) / 2);
  context.rotate(-Math.PI / 2);
  Object.assign(context, { textAlign: "center", textBaseline: "middle" });
  context.fillText(text, 0, 0, length);
  context.restore();
}

/** Text with a rim of the background, so that it can be read across lines. */
export function label(context, text, x, y, color, background) {
  context.lineWidth = 3;
  context.strokeStyle = background;
  context.strokeText(text, x, y);
  context.fillStyle = color;
  context.fillText(text, x, y);
}
