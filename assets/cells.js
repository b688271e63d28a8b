/** Which cells of an attention map exist: a decoder's future is hidden, and cells of the mask may be turned around. */

/** The number of a cell among all cells of all heads. */
function cellKey(layer, head, row, column) {
  return `${layer}.${head}.${row}.${column}`;
}

/** Whether a token cannot be seen, cell by cell of one head; `flipped` tells cells that were turned around by hand. */
export function maskOf(scene, frame, [layer, head]) {
  const flips = new Set(frame.flips.map((cell) => cellKey(...cell)));
  const decoder = scene.form === "decoder";
  const flipped = flips.size ? (row, column) => flips.has(cellKey(layer, head, row, column)) : () => false;
  return { flipped, hidden: (row, column) => (decoder && column > row) !== flipped(row, column) };
}

/** `cat (3)`: a token and its place, counted from one. */
export function placeName(tokens, k) {
  return `${tokens[k]} (${k + 1})`;
}
