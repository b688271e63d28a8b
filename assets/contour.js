/** Lines of equal value on a square grid, by marching squares with linear interpolation. */

// For each of the 16 cases (bit 0: top left, 1: top right, 2: bottom right, 3: bottom left above the level) the pairs
// of edges that a line joins; edges: 0 top, 1 right, 2 bottom, 3 left.
const CASES = [
  [],
  [3, 0],
  [0, 1],
  [3, 1],
  [1, 2],
  [3, 0, 1, 2],
  [0, 2],
  [3, 2],
  [2, 3],
  [2, 0],
  [0, 1, 2, 3],
  [2, 1],
  [1, 3],
  [1, 0],
  [0, 3],
  [],
];

const FINE = 2 ** 18; // parts of a cell; corners closer than one of them are the same corner
const FINE_SIDE = 2 ** 26; // more parts than a side of the grid has: a corner's key is exact in a double

/**
 * Calls `emit(x0, y0, x1, y1)` for each piece of line, in cells: the middle of cell (row, column) is
 * (column + 0.5, row + 0.5).
 * @param {ArrayLike<number>} values n * n values, row by row
 */
export function traceContour(values, n, level, emit) {
  for (let row = 0; row < n - 1; row++) {
    for (let column = 0; column < n - 1; column++) {
      const at = row * n + column;
      const a = values[at];
      const b = values[at + 1];
      const c = values[at + n + 1];
      const d = values[at + n];
      const kind = (a > level) | ((b > level) << 1) | ((c > level) << 2) | ((d > level) << 3);
      if (kind === 0 || kind === 15) continue;
      emitCell(CASES[kind], column + 0.5, row + 0.5, a, b, c, d, level, emit);
    }
  }
}

function emitCell(edges, x, y, a, b, c, d, level, emit) {
  for (let k = 0; k < edges.length; k += 2) {
    const [from, to] = [edges[k], edges[k + 1]];
    emit(
      x + edgeX(from, a, b, c, d, level),
      y + edgeY(from, a, b, c, d, level),
      x + edgeX(to, a, b, c, d, level),
      y + edgeY(to, a, b, c, d, level),
    );
  }
}

function edgeX(edge, a, b, c, d, level) {
  if (edge === 0) return (level - a) / (b - a);
  if (edge === 2) return (level - d) / (c - d);
  return edge === 1 ? 1 : 0;
}

function edgeY(edge, a, b, c, d, level) {
  if (edge === 1) return (level - b) / (c - b);
  if (edge === 3) return (level - a) / (d - a);
  return edge === 2 ? 1 : 0;
}

/** All pieces of a line as one array [x0, y0, x1, y1, ...] in cells. */
export function contour(values, n, level) {
  const pieces = [];
  traceContour(values, n, level, (...ends) => pieces.push(...ends));
  return Float32Array.from(pieces);
}

/** The borders between regions of different class. */
export function classBorders(classes, n) {
  const pieces = [];
  const mask = new Uint8Array(n * n);
  for (const k of new Set(classes)) {
    for (let i = 0; i < mask.length; i++) mask[i] = classes[i] === k ? 1 : 0;
    pieces.push(...contour(mask, n, 0.5));
  }
  return Float32Array.from(pieces);
}

/**
 * Joins pieces that share an end into lines, each piece used once: only whole lines can be dashed.
 * @param {ArrayLike<number>} pieces [x0, y0, x1, y1, ...]
 * @returns {Float32Array[]} lines as [x0, y0, x1, y1, ...] of their corners
 */
export function joined(pieces) {
  const corners = cornersOf(pieces);
  const lines = [];
  for (const start of corners.values()) {
    if (!start.next.size) continue;
    const ahead = follow(start);
    const line = [...follow(start).reverse(), start, ...ahead];
    lines.push(Float32Array.from(line.flatMap(({ x, y }) => [x, y])));
  }
  return lines;
}

/** The corners that a walk from `from` comes to; what was walked is gone. */
function follow(from) {
  const walked = [];
  for (let at = from, to; ([to] = at.next) && to; at = to) {
    at.next.delete(to);
    to.next.delete(at);
    walked.push(to);
  }
  return walked;
}

/** Every corner with those that it is joined to; a piece that comes twice, as between two classes, counts once. */
function cornersOf(pieces) {
  const corners = new Map();
  const cornerAt = (x, y) => {
    const key = Math.round(x * FINE) * FINE_SIDE + Math.round(y * FINE);
    if (!corners.has(key)) corners.set(key, { x, y, next: new Set() });
    return corners.get(key);
  };
  for (let k = 0; k < pieces.length; k += 4) {
    const a = cornerAt(pieces[k], pieces[k + 1]);
    const b = cornerAt(pieces[k + 2], pieces[k + 3]);
    if (a === b) continue;
    a.next.add(b);
    b.next.add(a);
  }
  return corners;
}
