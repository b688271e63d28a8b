/**
 * The links of a network: width and color by weight, negative ones dashed. They are the dearest thing to draw, so each
 * gap between two layers is a strip of its own and strips are redrawn in turn.
 */

import { lineWidth } from "./linewidth.js";
import { Surface } from "./surface.js";

const FULL_WEIGHT = 5; // |weight| that is drawn at full width
const THINNEST_PX = 1;
const WIDEST_PX = 8;
const REACH_PX = 12; // half of the 24 px in which a link can be pointed at
const CURVED_UP_TO = 400; // links; more are drawn straight, which is twice as fast
const CURVE_SAMPLES = 64;
const ROUND_MS = 100; // each strip is drawn anew about ten times a second
const SHARE = 0.3; // of the time that drawing links may take
const HAIR_MS = 4; // a strip due just after this refresh is drawn now rather than one refresh late
const BIAS_MARK_PX = 10;

const CURVE = curveTable();

/** @typedef {{layer: number, unit: number, input: number|null}} LinkName layer 0 ends in the first hidden layer */

export class Links {
  constructor() {
    this.surface = new Surface("layer-links");
    this.next = 0;
    this.dueAt = 0;
    this.thick = 1;
    /** @type {LinkName|null} */
    this.marked = null;
  }

  /** @param {import("./netlayout.js").NetLayout} layout @param {Object[]} offsets of parameterOffsets */
  place(layout, offsets, thick) {
    this.surface.resize(layout.width, layout.height);
    this.surface.clear();
    Object.assign(this, { layout, offsets, thick, next: 0, dueAt: 0 });
    const nLinks = offsets.reduce((sum, { nIn, nOut }) => sum + nIn * nOut, 0);
    this.curved = nLinks <= CURVED_UP_TO;
  }

  /** Draws the strip that is due, or everything. */
  frame(params, colors, now, everything) {
    if (everything) {
      this.next = 0;
      this.offsets.forEach((_, strip) => this.#strip(strip, params, colors));
    } else if (now >= this.dueAt) this.#nextStrip(params, colors, now);
  }

  #nextStrip(params, colors, now) {
    const begin = performance.now();
    this.#strip(this.next, params, colors);
    const cost = performance.now() - begin;
    this.next = (this.next + 1) % this.offsets.length;
    const wait = Math.max(ROUND_MS / this.offsets.length, cost / SHARE);
    this.dueAt = now + wait - HAIR_MS;
  }

  /** Draws one strip at once, for a hovered link. */
  refresh(strip, params, colors) {
    if (strip >= 0 && strip < this.offsets.length && params) this.#strip(strip, params, colors);
  }

  /** The link or bias mark at a place, or null. */
  at(x, y) {
    const { columns, unit } = this.layout;
    const strip = columns.findIndex((column, k) => k > 0 && x < column.x && x > columns[k - 1].x + unit) - 1;
    if (strip < 0) return null;
    return this.#biasAt(strip, x, y) ?? this.#linkAt(strip, x, y);
  }

  /** Where a card about a link may stand: the middle of the link, or the bias mark. */
  anchor({ layer, unit, input }) {
    const { columns, unit: side } = this.layout;
    const end = { x: columns[layer + 1].x, y: columns[layer + 1].tops[unit] + side / 2 };
    if (input === null) return { x: end.x - BIAS_MARK_PX, y: end.y + side / 2 };
    return { x: (columns[layer].x + side + end.x) / 2, y: (columns[layer].tops[input] + side / 2 + end.y) / 2 };
  }

  #biasAt(strip, x, y) {
    const column = this.layout.columns[strip + 1];
    if (x < column.x - BIAS_MARK_PX - 8) return null;
    const bottom = this.layout.unit - BIAS_MARK_PX / 2;
    const unit = column.tops.findIndex((top) => Math.abs(top + bottom - y) < 8);
    return unit < 0 ? null : { layer: strip, unit, input: null };
  }

  #linkAt(strip, x, y) {
    const { columns, unit: side } = this.layout;
    const [from, to] = [columns[strip], columns[strip + 1]];
    const share = (x - from.x - side) / (to.x - from.x - side);
    const part = this.curved ? CURVE[Math.round(share * CURVE_SAMPLES)] : share;
    let best = null;
    let nearest = REACH_PX;
    to.tops.forEach((end, unit) =>
      from.tops.forEach((start, input) => {
        const distance = Math.abs(start + (end - start) * part + side / 2 - y);
        if (distance < nearest) [nearest, best] = [distance, { layer: strip, unit, input }];
      }),
    );
    return best;
  }

  #strip(strip, params, colors) {
    const { columns, unit: side, height } = this.layout;
    const context = this.surface.context;
    const [left, right] = [columns[strip].x + side, columns[strip + 1].x];
    context.clearRect(left, 0, right - left, height);
    const { weights, nIn, nOut } = this.offsets[strip];
    for (let unit = 0; unit < nOut; unit++) {
      const y1 = columns[strip + 1].tops[unit] + side / 2;
      for (let input = 0; input < nIn; input++) {
        const y0 = columns[strip].tops[input] + side / 2;
        this.#line(params[weights + unit * nIn + input], colors, left, y0, right, y1);
      }
    }
    context.setLineDash([]);
    this.#mark(strip, left, right);
    this.#biases(strip, params, colors);
  }

  #line(weight, colors, x0, y0, x1, y1) {
    const context = this.surface.context;
    const share = Math.min(Math.abs(weight) / FULL_WEIGHT, 1);
    const thinnest = this.curved ? lineWidth(THINNEST_PX, this.thick) : THINNEST_PX * this.thick; // many would run together
    const width = thinnest + (WIDEST_PX * this.thick - thinnest) * share;
    context.strokeStyle = colors.ofLink(weight, share * 2.5);
    context.lineWidth = width;
    context.setLineDash(weight < 0 ? [5 + width, 3 + width / 2] : []);
    this.#path(x0, y0, x1, y1);
  }

  #path(x0, y0, x1, y1) {
    const context = this.surface.context;
    const middle = (x0 + x1) / 2;
    context.beginPath();
    context.moveTo(x0, y0);
    if (this.curved) context.bezierCurveTo(middle, y0, middle, y1, x1, y1);
    else context.lineTo(x1, y1);
    context.stroke();
  }

  /** The hovered link gets a clear outline on top of the others. */
  #mark(strip, left, right) {
    if (this.marked?.layer !== strip || this.marked.input === null) return;
    const { columns, unit: side } = this.layout;
    const context = this.surface.context;
    const y0 = columns[strip].tops[this.marked.input] + side / 2;
    const y1 = columns[strip + 1].tops[this.marked.unit] + side / 2;
    for (const [width, color] of [
      [7, this.markColors[0]],
      [3, this.markColors[1]],
    ]) {
      context.lineWidth = width;
      context.strokeStyle = color;
      this.#path(left, y0, right, y1);
    }
  }

  /** A square beside each unit: color by bias, with the sign written into it. */
  #biases(strip, params, colors) {
    const { columns, unit: side } = this.layout;
    const { biases, nOut } = this.offsets[strip];
    const context = this.surface.context;
    const x = columns[strip + 1].x - BIAS_MARK_PX - 2;
    for (let unit = 0; unit < nOut; unit++) {
      const bias = params[biases + unit];
      const y = columns[strip + 1].tops[unit] + side - BIAS_MARK_PX;
      context.fillStyle = this.markColors[0];
      context.fillRect(x - 1.5, y - 1.5, BIAS_MARK_PX + 3, BIAS_MARK_PX + 3);
      context.fillStyle = colors.ofLink(bias, Math.abs(bias) * 1.5 + 0.3);
      context.fillRect(x, y, BIAS_MARK_PX, BIAS_MARK_PX);
      context.fillStyle = this.markColors[0];
      context.fillRect(x + 2, y + 4.25, 6, 1.5);
      if (bias >= 0) context.fillRect(x + 4.25, y + 2, 1.5, 6);
    }
  }
}

/** Height (0 to 1) of the drawn curve over its width, for pointing at it. */
function curveTable() {
  const table = new Float64Array(CURVE_SAMPLES + 1);
  const fine = 2000;
  for (let k = 0; k <= fine; k++) {
    const t = k / fine;
    const x = 1.5 * t * (1 - t) ** 2 + 1.5 * t ** 2 * (1 - t) + t ** 3;
    table[Math.round(x * CURVE_SAMPLES)] = 3 * t ** 2 * (1 - t) + t ** 3;
  }
  return table;
}
