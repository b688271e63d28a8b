/** Where everything of a network diagram stands, in CSS pixels. Pure arithmetic, no drawing. */

const HEAD_PX = 54; // layer name, activation, - and +
const FOOT_PX = 36; // gradient of the layer
const HEAD_WIDTH_PX = 66;
const MARGIN_PX = 10;
const NARROWEST_PITCH_PX = 49; // two 24 px buttons and a gap
const UNIT_SIZES = [20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 52, 56, 60, 64, 72, 80];
const SMALLEST_GAP_PX = 3;

/**
 * @typedef {Object} Column one layer: features, hidden layers, outputs
 * @property {number} x left edge of its units
 * @property {number[]} tops top edges of its units
 * @typedef {Object} NetLayout
 * @property {number} width @property {number} height @property {number} unit side of a unit's picture
 * @property {Column[]} columns
 * @property {number} head height of the part above the units @property {number} foot top of the part below them
 * @property {number} pitch from one column to the next @property {number} scale of the text
 */

/**
 * @param {number[]} sizes units of each column, from the features to the outputs
 * @param {number} width room
 * @param {number} height room
 * @param {number} labels room for the names of the features
 * @param {number} scale enlarges text for a projector
 * @returns {NetLayout} may be wider than `width`: then the diagram scrolls sideways
 */
export function layoutNetwork(sizes, width, height, labels, scale = 1) {
  const head = HEAD_PX * scale;
  const foot = height - FOOT_PX * scale;
  const unit = unitSize(Math.max(...sizes), foot - head, sizes.length, width - labels);
  const spare = (HEAD_WIDTH_PX * scale - unit) / 2; // a layer's name may be wider than its unit
  const left = Math.max(labels + MARGIN_PX, spare);
  const right = Math.max(MARGIN_PX, spare);
  const pitch = Math.max(NARROWEST_PITCH_PX * scale, (width - left - unit - right) / (sizes.length - 1));
  const columns = sizes.map((n, k) => ({
    x: Math.floor(left + k * pitch),
    tops: tops(n, unit, head, foot),
  }));
  const needed = Math.floor(columns.at(-1).x + unit + right);
  return { width: Math.max(Math.floor(width), needed), height, unit, columns, head, foot, pitch, scale };
}

/** The largest size at which the fullest column fits and links keep at least half of the width. */
function unitSize(most, room, nColumns, width) {
  const byHeight = room / most - SMALLEST_GAP_PX;
  const byWidth = Math.max(width / nColumns / 1.9, 34);
  const fitting = UNIT_SIZES.filter((size) => size <= byHeight && size <= byWidth);
  return fitting.at(-1) ?? UNIT_SIZES[0];
}

/** Units are spread around the middle; few units do not drift to the far ends. */
function tops(n, unit, head, foot) {
  const pitch = Math.min((foot - head) / n, unit * 1.75 + 10);
  const first = (head + foot) / 2 - (pitch * n) / 2 + (pitch - unit) / 2;
  return Array.from({ length: n }, (_, k) => Math.round(first + k * pitch));
}

/**
 * Where each parameter stands in the flat array: per layer the weights (n_out, n_in) row by row, then the biases.
 * @param {number[]} sizes units of each column
 * @returns {{weights: number, biases: number, nIn: number, nOut: number}[]} one entry a layer of links
 */
export function parameterOffsets(sizes) {
  let at = 0;
  return sizes.slice(1).map((nOut, k) => {
    const nIn = sizes[k];
    const entry = { weights: at, biases: at + nOut * nIn, nIn, nOut };
    at = entry.biases + nOut;
    return entry;
  });
}
