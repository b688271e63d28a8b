/** One head step by step, from embeddings to its output. Each number names what it was computed from. */

import { along, parseColor, toCss } from "./colors.js";
import { element, setText } from "./element.js";
import { number } from "./format.js";
import { maskOf, placeName } from "./cells.js";
import { isOff } from "./headgrid.js";
import { Matrix } from "./matrix.js";

const TERMS = 3; // products of a sum that are written out

/** Key, title, what it is. Square ones are tokens x tokens, the others tokens x numbers of the head. */
const STEPS = [
  ["embedding", "Embedding", "the token's own numbers"],
  ["positions", "Position", "added: where it stands"],
  ["read", "Read", "what this layer reads"],
  ["query", "Query", "what each token looks for"],
  ["key", "Key", "what each token offers"],
  ["scores", "Scores", "query · key"],
  ["scaled", "Scaled", "÷ √d, then mask"],
  ["map", "Softmax", "each row sums to 1"],
  ["value", "Value", "what each token passes on"],
  ["heads", "Output", "softmax · value"],
];
const EXAMPLE = "Worked example: two scores of 112 and 96 with d = 64. Divided by √64 = 8 they are 14 and 12. Softmax: e^14 ÷ (e^14 + e^12) = 0.88 and e^12 ÷ (e^14 + e^12) = 0.12. The output is 0.88 times the first value plus 0.12 times the second.";
const ENTRY = ["embedding", "positions"]; // only the first layer reads them directly
const LEARNED = ["query", "key", "value"]; // in the order of the learned matrices
const SQUARE = new Set(["scores", "scaled", "map"]);

export class Inside {
  /** @param {(open: boolean) => void} onOpen */
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.matrices = Object.fromEntries(STEPS.map(([key, title, note]) => [key, new Matrix(title, note, (cell) => this.#point(key, cell))]));
    this.name = element("b");
    this.said = element("span", { role: "status" });
    this.readout = element("p", { class: "inside-readout" }, this.name, " ", this.said);
    this.element = element("div", { class: "bench-part inside" },
      this.readout, element("div", { class: "inside-steps" }, ...Object.values(this.matrices).map((matrix) => matrix.element)),
      element("p", { class: "inside-example", text: EXAMPLE }));
  }

  open(on) {
    this.onOpen(on);
  }

  layout(zoom) {
    for (const matrix of Object.values(this.matrices)) matrix.layout(zoom);
  }

  scene(scene) {
    this.sceneNow = scene;
    this.frameNow = null;
    this.pointed = null;
    const diverging = { light: scene.palette.diverging_light.map(parseColor), dark: scene.palette.diverging_dark.map(parseColor) };
    this.divergingOf = (theme) => (theme.dark ? diverging.dark : diverging.light);
  }

  /** Draws the head that the frame was asked for; `head` is the one wanted by now. */
  frame(frame, head, theme, levels) {
    const n = this.sceneNow.n_tokens;
    if (this.element.hidden || frame.inside_query?.shape[0] !== n || frame.looked.join() !== head.join()) return;
    this.frameNow = frame;
    setText(this.name, `Layer ${head[0] + 1}, head ${head[1] + 1}.`);
    const stops = this.divergingOf(theme);
    const bytes = new Uint8Array(levels.buffer);
    const amount = (value) => `rgb(${bytes.subarray(4 * Math.round(255 * value), 4 * Math.round(255 * value) + 3).join()})`;
    this.mask = maskOf(this.sceneNow, frame, head);
    for (const [key] of STEPS) {
      const values = this.#values(key);
      this.matrices[key].element.hidden = !values;
      if (!values) continue;
      const scale = Math.max(0, ...Array.from(values, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
      const color = key === "map" ? amount : (value) => (Number.isFinite(value) ? toCss(along(stops, (value / (scale || 1) + 1) / 2)) : null);
      const hidden = SQUARE.has(key) && key !== "scores" ? this.mask.hidden : () => false;
      this.matrices[key].draw({ values, rows: n, columns: SQUARE.has(key) ? n : values.length / n, tokens: frame.tokens, color, hidden, theme, scale });
    }
    this.#mark();
  }

  #values(key) {
    return this.frameNow[`inside_${key}`];
  }

  #at(key, row, column) {
    const width = SQUARE.has(key) ? this.sceneNow.n_tokens : Math.round(this.#values(key).length / this.sceneNow.n_tokens);
    return this.#values(key)[row * width + column];
  }

  #point(key, cell) {
    this.pointed = cell && this.frameNow ? { key, cell } : null;
    this.#mark();
  }

  /** Lights what the pointed number was computed from, and says it in numbers. */
  #mark() {
    const marks = this.pointed ? this.#sources(this.pointed.key, ...this.pointed.cell) : {};
    for (const [key] of STEPS) this.matrices[key].mark(marks[key] ?? null, this.pointed?.key === key ? this.pointed.cell : null);
    setText(this.said, this.pointed ? this.#say(this.pointed.key, ...this.pointed.cell) : "Point at a number to see what it was computed from.");
  }

  /** Rectangles [row, column, rows, columns] by matrix. */
  #sources(key, row, column) {
    const n = this.sceneNow.n_tokens;
    const width = this.sceneNow.head_width;
    const whole = [row, 0, 1, width * this.sceneNow.heads];
    return {
      read: { embedding: whole, positions: whole },
      query: { read: whole },
      key: { read: whole },
      value: { read: whole },
      scores: { query: [row, 0, 1, width], key: [column, 0, 1, width] },
      scaled: { scores: [row, column, 1, 1] },
      map: { scaled: [row, 0, 1, n] },
      heads: { map: [row, 0, 1, n], value: [0, column, n, 1] },
    }[key] ?? {};
  }

  #say(key, row, column) {
    const place = (k) => placeName(this.frameNow.tokens, k);
    const value = this.#at(key, row, column);
    const d = this.sceneNow.head_width;
    const n = this.sceneNow.n_tokens;
    if (key === "scores") {
      const terms = this.#terms(d, (k) => [this.#at("query", row, k), this.#at("key", column, k)]);
      return `Score of ${place(row)} for ${place(column)}: ${terms} = ${number(value)}`;
    }
    if (key === "scaled") {
      if (this.mask.hidden(row, column)) return `${place(row)} does not see ${place(column)}${this.mask.flipped(row, column) ? ", for you hid it" : ", which comes later"}: masked, so its softmax is 0`;
      const heat = this.frameNow.softmax_temperature;
      const slope = this.#values("slope")?.[0];
      const minus = slope ? ` − ${number(slope)} · ${Math.abs(row - column)} for the distance` : "";
      const cooled = heat === 1 ? "" : `, all ÷ ${number(heat)} for the temperature`;
      return `${number(this.#at("scores", row, column))} ÷ √${d}${minus}${cooled} = ${number(value)}`;
    }
    if (key === "map" && this.mask.hidden(row, column)) return `${place(row)} does not see ${place(column)}: 0`;
    if (key === "map") return `e^${number(this.#at("scaled", row, column))} ÷ the sum of e^… over row ${place(row)} = ${value.toFixed(3)}`;
    if (key === "heads") {
      const terms = this.#terms(n, (k) => [this.#at("map", row, k), this.#at("value", k, column)]);
      const off = isOff(this.frameNow, { layer: this.frameNow.looked[0], head: this.frameNow.looked[1] });
      return `Output ${column + 1} of ${place(row)}: ${off ? `(${terms}) × 0, for this head is off,` : terms} = ${number(value)}`;
    }
    return this.#sayVector(key, row, column, value, place(row));
  }

  /** Where a number of a token's own vectors comes from. */
  #sayVector(key, row, column, value, token) {
    const width = this.sceneNow.head_width * this.sceneNow.heads;
    const name = `Number ${column + 1} in the`;
    if (key === "embedding") return `${name} embedding of ${token}: ${number(value)}, learned; the same wherever this token stands`;
    if (key === "positions") return `${name} position of place ${row + 1}: ${number(value)}, ${this.sceneNow.positions === "learned" ? "learned" : "a wave along the places"}; the same whatever token stands there`;
    if (key === "read") return `Number ${column + 1} that this layer reads at ${token}: ${this.#normed(this.#stream(row, column), row, column)} = ${number(value)}`;
    const [weights, bias] = [this.#values("weights"), this.#values("bias")];
    if (!weights) return `${name} ${key} of ${token}: ${number(value)}, from the ${width} numbers that it reads. Pause to see the products`;
    const d = this.sceneNow.head_width;
    if (this.#values("unturned") && key !== "value") return `${name} ${key} of ${token}: ${this.#turned(key, row, column)} = ${number(value)}, turned by its place`;
    const start = (LEARNED.indexOf(key) * d + column) * width;
    const terms = this.#terms(width, (k) => [this.#at("read", row, k), weights[start + k]]);
    return `${name} ${key} of ${token}: read · learned: ${terms} + ${number(bias[LEARNED.indexOf(key) * d + column])} of its own = ${number(value)}`;
  }

  /** The sum that a number of the stream is: embedding and position, or what was there and what the part before wrote. */
  #stream(row, column) {
    if (this.#values("embedding")) {
      const terms = ENTRY.filter((part) => this.#values(part)).map((part) => number(this.#at(part, row, column)));
      return `embedding ${terms.join(" + position ")}`;
    }
    if (!this.#values("entered")) return "what the layers before wrote (pause to see the sum)";
    const { head_width: width, heads, n_tokens: n, feed_forward: fed } = this.sceneNow;
    const from = `from the ${fed ? "feed-forward" : "attention"} of layer ${this.frameNow.looked[0]}`; // counted from one
    const parts = this.#values("entered");
    const at = (k) => number(parts[(k * n + row) * width * heads + column]);
    return parts.shape[0] === 2 ? `${at(0)} so far + ${at(1)} ${from}` : `${at(0)} ${from}`;
  }

  /** The same number once layer norm has brought its token's numbers to one scale; unchanged where there is no norm. */
  #normed(sum, row, column) {
    const [moments, norm] = [this.#values("moments"), this.#values("norm")];
    if (!moments) return sum;
    const [mean, spread] = moments.subarray(2 * row, 2 * row + 2);
    const [gain, bias] = [norm[column], norm[norm.length / 2 + column]];
    return `(${sum} − mean ${number(mean)}) ÷ spread ${number(spread)} · gain ${number(gain)} + bias ${number(bias)}`;
  }

  /** Rotary positions: numbers k and k + d/2 of what was read · learned turn together by an angle that grows with the place. */
  #turned(key, row, column) {
    const { n_tokens: n, head_width: d } = this.sceneNow;
    const half = d / 2;
    const [first, second] = [column % half, (column % half) + half].map((k) => number(this.#values("unturned")[(LEARNED.indexOf(key) * n + row) * d + k]));
    const angle = number(this.#values("angles")[row * half + (column % half)]);
    return column < half ? `${first} · cos ${angle} − ${second} · sin ${angle}` : `${first} · sin ${angle} + ${second} · cos ${angle}`;
  }

  /** The largest products of a sum first. */
  #terms(count, pair) {
    const all = Array.from({ length: count }, (_, k) => pair(k)).sort((a, b) => Math.abs(b[0] * b[1]) - Math.abs(a[0] * a[1]));
    const shown = all.slice(0, TERMS).map(([a, b]) => `${number(a)} · ${number(b)}`);
    return shown.join(" + ") + (count > TERMS ? ` + ${count - TERMS} smaller` : "");
  }
}
