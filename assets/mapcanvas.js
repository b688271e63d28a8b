/** The layers of the output map: the picture, lines and marks, points, crosshair. Coordinates are the data's, -range to range. */

import { classBorders, contour, joined, traceContour } from "./contour.js";
import { element } from "./element.js";
import { lineWidth } from "./linewidth.js";
import { Picture } from "./picture.js";
import { drawPoint, pointAt } from "./points.js";
import { Surface } from "./surface.js";
import { faded, Texture } from "./texture.js";

const CELLS = 100;
const FEATURE_CELLS = 20;
const LEVELS = [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9];

export class MapCanvas {
  constructor() {
    this.base = new Surface("map-layer");
    this.lines = new Surface("map-layer");
    this.points = new Surface("map-layer");
    this.marks = new Surface("map-layer");
    this.cursor = new Surface("map-layer");
    this.element = element("div", { class: "map-layers" }, ...this.#surfaces().map((surface) => surface.canvas));
    this.ghost = null;
  }

  #surfaces() {
    return [this.base, this.lines, this.marks, this.points, this.cursor]; // no ring hides a point
  }

  resize(side, scale) {
    for (const surface of this.#surfaces()) surface.resize(side, side);
    Object.assign(this, { side, scale });
    this.pointScale = Math.max(scale, Math.min(side / 300, 1.5)) * (side < 300 && scale === 1 ? 0.94 : 1);
    const pixels = this.base.canvas.width;
    if (this.picture?.size !== pixels) {
      this.picture = new Picture(CELLS, pixels);
      this.featurePicture = new Picture(FEATURE_CELLS, pixels);
      this.texture = new Texture(pixels);
    }
  }

  /** A grid of 100 x 100 bytes. */
  drawMap(values, levels) {
    this.base.context.putImageData(this.picture.fill(values, 0, levels), 0, 0);
  }

  /** A grid of 20 x 20 bytes: a feature, which the server does not send in large. */
  drawFeature(values, offset, levels) {
    this.base.context.putImageData(this.featurePicture.fill(values, offset, levels), 0, 0);
  }

  /** Strength of the winning class, each class in its own color and, where colors are shared, with its own lines. */
  drawClasses(classes, strengths, tables) {
    const { picture, texture } = this;
    const { pixels, size, cell } = picture;
    picture.fill(strengths, 0, tables.identity);
    for (let y = 0, p = 0; y < size; y++) {
      for (let x = 0; x < size; x++, p++) {
        const k = classes[nearestCell(picture, x, y, cell)];
        pixels[p] = tables.strengths[k][faded(pixels[p] & 255, texture.lines(k, x, y))];
      }
    }
    this.base.context.putImageData(picture.image, 0, 0);
  }

  /**
   * @param {Object} wanted `contours`: bytes or null; `classes`: grid of classes or null; the ghost is always drawn
   */
  drawLines(wanted, theme) {
    const { context } = this.lines;
    this.lines.clear();
    if (this.ghost) this.#dashed(this.ghost, theme);
    context.lineCap = "round";
    if (wanted.classes) this.#pieces(classBorders(wanted.classes, CELLS), theme.text, lineWidth(2, this.scale));
    else if (wanted.contours) this.#levels(wanted.contours, theme);
  }

  /** The lines that separate: probability one half, value zero, or the borders between the strongest classes. */
  boundaryOf({ map, map_class: classes, map_kind: kind }) {
    return joined(kind === "class" ? classBorders(classes, CELLS) : contour(map, CELLS, 127.5));
  }

  drawPoints(points, range) {
    this.points.clear();
    for (const point of points)
      drawPoint(this.points.context, point, this.#x(point.x, range), this.#y(point.y, range), this.pointScale);
  }

  /** Rings around the given points. */
  drawMarks(points, range, theme) {
    const { context } = this.marks;
    this.marks.clear();
    const radius = 7.2 * this.pointScale;
    for (const [width, color] of [
      [3.2, theme.background],
      [1.5, theme.text],
    ]) {
      context.lineWidth = width * this.pointScale;
      context.strokeStyle = color;
      context.beginPath();
      for (const point of points) {
        const [x, y] = [this.#x(point.x, range), this.#y(point.y, range)];
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.stroke();
    }
  }

  /** @param {{x: number, y: number}|null} place @param {Object|null} dragged a point shown under the pointer */
  drawCursor(place, dragged, range, theme) {
    const { context } = this.cursor;
    this.cursor.clear();
    if (dragged)
      drawPoint(context, dragged, this.#x(dragged.x, range), this.#y(dragged.y, range), this.pointScale * 1.3);
    if (!place) return;
    const [x, y] = [Math.round(this.#x(place.x, range)), Math.round(this.#y(place.y, range))];
    for (const [width, color] of [
      [3, theme.background],
      [1, theme.text],
    ]) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.beginPath();
      for (const [x0, y0, x1, y1] of [
        [0, y, x - 7, y],
        [x + 7, y, this.side, y],
        [x, 0, x, y - 7],
        [x, y + 7, x, this.side],
      ]) {
        context.moveTo(x0 + 0.5, y0 + 0.5);
        context.lineTo(x1 + 0.5, y1 + 0.5);
      }
      context.stroke();
    }
  }

  /** Index of the point under a place, or -1. */
  hit(points, place, range) {
    return pointAt(points, this.#x(place.x, range), this.#y(place.y, range), (p) => [
      this.#x(p.x, range),
      this.#y(p.y, range),
    ]);
  }

  #x(value, range) {
    return ((value + range) / (2 * range)) * this.side;
  }

  #y(value, range) {
    return ((range - value) / (2 * range)) * this.side;
  }

  #levels(map, theme) {
    const { context } = this.lines;
    const factor = this.side / CELLS;
    context.strokeStyle = theme.text;
    const thin = lineWidth(0.75, this.scale);
    context.lineWidth = thin;
    context.beginPath();
    for (const level of LEVELS)
      traceContour(map, CELLS, level * 255, (x0, y0, x1, y1) => line(context, x0, y0, x1, y1, factor));
    context.stroke();
    context.lineWidth = Math.max(2.5, 1.75 * thin);
    context.beginPath();
    traceContour(map, CELLS, 127.5, (x0, y0, x1, y1) => line(context, x0, y0, x1, y1, factor));
    context.stroke();
  }

  #pieces(pieces, color, width) {
    const { context } = this.lines;
    const factor = this.side / CELLS;
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    for (let k = 0; k < pieces.length; k += 4)
      line(context, pieces[k], pieces[k + 1], pieces[k + 2], pieces[k + 3], factor);
    context.stroke();
  }

  /** Thin and dashed, on a light ground so that it is seen on every color. */
  #dashed(lines, theme) {
    const { context } = this.lines;
    const factor = this.side / CELLS;
    context.beginPath();
    for (const corners of lines) {
      context.moveTo(corners[0] * factor, corners[1] * factor);
      for (let k = 2; k < corners.length; k += 2) context.lineTo(corners[k] * factor, corners[k + 1] * factor);
    }
    for (const [color, width, dash] of [
      [theme.background, 3, []],
      [theme.text, 1.25, [5, 4]],
    ]) {
      Object.assign(context, { strokeStyle: color, lineWidth: lineWidth(width, this.scale), lineCap: "butt" });
      context.setLineDash(dash.map((length) => length * this.scale));
      context.stroke();
    }
    context.setLineDash([]);
  }
}

function line(context, x0, y0, x1, y1, factor) {
  context.moveTo(x0 * factor, y0 * factor);
  context.lineTo(x1 * factor, y1 * factor);
}

function nearestCell({ cells, part }, x, y, cell) {
  const column = cell[x] + (part[x] >= 128 ? 1 : 0);
  const row = cell[y] + (part[y] >= 128 ? 1 : 0);
  return row * cells + column;
}

/** The place of the plane under the pointer, at the map's edge when it is beyond. @param {number} range of the axes */
export function placeAt(event, field, range) {
  const box = field.getBoundingClientRect();
  const inside = (share) => Math.min(Math.max(share, 0), 1);
  return {
    x: (2 * inside((event.clientX - box.left) / box.width) - 1) * range,
    y: (1 - 2 * inside((event.clientY - box.top) / box.height)) * range,
  };
}
