/** Data points: class by shape and color, training points filled, test points hollow. */

import { Surface } from "./surface.js";

const SYMBOL_PX = 16;
const RADIUS_PX = 3.5;
const RING_LIGHT = "#ffffff";
const RING_DARK = "#31333f";
const HIT_PX = 12;

/**
 * @typedef {Object} Point
 * @property {number} x @property {number} y @property {number} index place in the scene's arrays
 * @property {string} color @property {string} shape @property {boolean} test @property {number} label
 */

/**
 * The scene's points, ready to be drawn.
 * @param {Object} scene @param {import("./colors.js").Colors} colors
 * @returns {Point[]}
 */
export function makePoints(scene, colors) {
  const { points, labels, n_train: nTrain, palette } = scene;
  const regression = scene.task === "regression";
  const scale = scene.label_scale ?? labels.reduce((most, label) => Math.max(most, Math.abs(label)), 1e-9);
  return Array.from(labels, (label, index) => ({
    index,
    label,
    x: points[2 * index],
    y: points[2 * index + 1],
    test: index >= nTrain,
    shape: regression ? "circle" : palette.shapes[label % palette.shapes.length],
    color: regression
      ? colors.ofSigned(Math.max(-1, Math.min(1, label / scale)))
      : colors.classes[label % colors.classes.length],
  }));
}

/** Draws one point at (x, y). Training: dark ring, white ring, filled shape. Test: dark ring, colored ring, white middle. */
export function drawPoint(context, point, x, y, scale = 1) {
  const r = RADIUS_PX * scale * (point.size ?? 1);
  context.lineJoin = "round";
  const layers = point.test
    ? [
        [r + 1.4 * scale, RING_DARK],
        [r + 0.7 * scale, point.color],
        [r - 1.3 * scale, RING_LIGHT],
      ]
    : [
        [r + 2 * scale, RING_DARK],
        [r + 1.25 * scale, RING_LIGHT],
        [r, point.color],
      ];
  for (const [radius, color] of layers) {
    trace(context, point.shape, x, y, radius);
    context.fillStyle = color;
    context.fill();
  }
}

/** A small picture of a class's symbol, to stand beside its name. */
export function classSymbol(shape, color) {
  const symbol = new Surface("class-symbol");
  symbol.resize(SYMBOL_PX, SYMBOL_PX);
  drawPoint(symbol.context, { shape, color, test: false }, SYMBOL_PX / 2, SYMBOL_PX / 2, 1.2);
  return symbol.canvas;
}

function trace(context, shape, x, y, r) {
  context.beginPath();
  SHAPES[shape]?.(context, x, y, r) ?? SHAPES.circle(context, x, y, r);
  context.closePath();
}

const SHAPES = {
  circle: (context, x, y, r) => (context.arc(x, y, r, 0, 2 * Math.PI), true),
  square: (context, x, y, r) => (context.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r), true),
  triangle: (context, x, y, r) =>
    polygon(context, x, y, r * 1.25, [
      [0, -1],
      [0.9, 0.65],
      [-0.9, 0.65],
    ]),
  diamond: (context, x, y, r) =>
    polygon(context, x, y, r * 1.2, [
      [0, -1],
      [0.85, 0],
      [0, 1],
      [-0.85, 0],
    ]),
  cross: (context, x, y, r) => polygon(context, x, y, r * 1.2, CROSS),
};

const ARM = 0.34;
const CROSS = [
  [-ARM, -1],
  [ARM, -1],
  [ARM, -ARM],
  [1, -ARM],
  [1, ARM],
  [ARM, ARM],
  [ARM, 1],
  [-ARM, 1],
  [-ARM, ARM],
  [-1, ARM],
  [-1, -ARM],
  [-ARM, -ARM],
];

function polygon(context, x, y, r, corners) {
  corners.forEach(([dx, dy], k) =>
    k ? context.lineTo(x + dx * r, y + dy * r) : context.moveTo(x + dx * r, y + dy * r),
  );
  return true;
}

/** Index in `points` of the nearest one within reach of (x, y) pixels, or -1. */
export function pointAt(points, x, y, toPixels) {
  let best = -1;
  let nearest = HIT_PX;
  points.forEach((point, k) => {
    const [px, py] = toPixels(point);
    const distance = Math.hypot(px - x, py - y);
    if (distance < nearest) [nearest, best] = [distance, k];
  });
  return best;
}
