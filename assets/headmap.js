/** One head's map, large: who looks (rows) at whom (columns), with the number under the pointer. */

import { element, setText } from "./element.js";
import { loss, percent } from "./format.js";
import { isOff } from "./headgrid.js";
import { Surface } from "./surface.js";

const FONT_PX = 12;

export class HeadMap {
  /** @param {{point: (row: number|null, column: number|null) => void, switchHead: (head: number[], on: boolean) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.title = element("span", { class: "map-title" });
    this.facts = element("div", { class: "head-facts" });
    this.on = element("input", { type: "checkbox", on: { change: () => actions.switchHead(this.head, this.on.checked) } });
    const tip = "Off, this head writes nothing for the shown sequence. Watch whether the answer still holds. The run goes on with all heads.";
    const toggle = element("label", { class: "toggle", "data-tip": tip }, this.on, element("span", { text: "Head on" }));
    this.surface = new Surface("head-map", { "aria-hidden": null });
    this.readout = element("div", { class: "head-readout", role: "status" });
    this.field = element("div", { class: "head-field", tabindex: "0", role: "img",
      on: { pointermove: (e) => this.#hover(e), pointerleave: () => this.#point(null), keydown: (e) => this.#key(e), blur: () => this.#point(null) } },
      this.surface.canvas);
    this.element = element("div", { class: "head-large" }, element("div", { class: "head-bar" }, this.title, toggle), this.facts, this.field, this.readout);
    this.cell = null;
  }

  scene(scene) {
    this.sceneNow = scene;
    this.cell = null;
    this.forget();
  }

  layout(side, scale) {
    this.scale = scale;
    this.side = side;
    this.surface.resize(side, side);
  }

  /** Makes the next frame draw everything. */
  forget() {
    this.frameNow = null;
  }

  frame(frame, head, levels, theme) {
    const n = this.sceneNow.n_tokens;
    if (!this.side || frame.tokens.length !== n) return;
    Object.assign(this, { frameNow: frame, head, levels, themeNow: theme });
    this.values = this.#valuesOf(frame, head, n);
    this.#draw();
    this.#describe(frame, head);
    this.#say();
  }

  /** Exact numbers of the head that the server was asked for; until they come, those of the small map. */
  #valuesOf(frame, [layer, head], n) {
    if (frame.looked[0] === layer && frame.looked[1] === head) return frame.map;
    const start = (layer * this.sceneNow.heads + head) * n * n;
    return Float32Array.from(frame.maps.subarray(start, start + n * n), (byte) => byte / 255);
  }

  #describe(frame, [layer, head]) {
    const k = layer * this.sceneNow.heads + head;
    const [pattern, share] = frame.patterns[k];
    const change = frame.ablation[k];
    setText(this.title, `Layer ${layer + 1}, head ${head + 1}${pattern ? `: ${pattern} ${percent(share)}` : ""}`);
    setText(this.facts, `Entropy ${percent(frame.entropy[k])}. Without it, the loss here ${change < 0 ? "falls" : "rises"} by ${loss(Math.abs(change))}.`);
    const on = !isOff(frame, { layer, head });
    if (this.on.checked !== on) this.on.checked = on;
  }

  #draw() {
    const { context } = this.surface;
    const { values, levels, frameNow, themeNow } = this;
    const n = frameNow.tokens.length;
    const font = Math.max(FONT_PX * this.scale, Math.min(16 * this.scale, this.side / n / 2));
    const longest = Math.max(...frameNow.tokens.map((token) => token.length));
    const edge = Math.ceil(font * (1.1 + 0.55 * longest) + font * 1.2);
    const cell = (this.side - edge) / n;
    Object.assign(this, { edge, cellSide: cell });
    this.surface.clear();
    const bytes = new Uint8Array(levels.buffer);
    const decoder = this.sceneNow.form === "decoder";
    for (let k = 0; k < n * n; k++) {
      if (decoder && k % n > Math.floor(k / n)) continue;
      const at = 4 * Math.round(255 * Math.min(Math.max(values[k], 0), 1));
      context.fillStyle = `rgb(${bytes[at]}, ${bytes[at + 1]}, ${bytes[at + 2]})`;
      const [x, y] = [edge + (k % n) * cell, edge + Math.floor(k / n) * cell];
      context.fillRect(x, y, cell + 0.5, cell + 0.5);
    }
    this.#labels(context, font, edge, cell);
    if (this.cell) this.#cross(context, edge, cell);
    context.strokeStyle = themeNow.line;
    context.lineWidth = 1;
    context.strokeRect(edge - 0.5, edge - 0.5, n * cell + 1, n * cell + 1);
  }

  #labels(context, font, edge, cell) {
    const { frameNow, themeNow, cell: at } = this;
    context.textBaseline = "middle";
    frameNow.tokens.forEach((token, k) => {
      const middle = edge + (k + 0.5) * cell;
      const label = (text, x, y, on, align) => {
        context.font = `${on ? "700 " : ""}${font}px ${themeNow.font}`;
        context.fillStyle = on ? themeNow.text : themeNow.muted;
        context.textAlign = align;
        context.fillText(text, x, y);
      };
      label(token, edge - font * 0.5, middle, at?.[0] === k, "right");
      label(token, middle, edge - font * 0.75, at?.[1] === k, "center");
    });
    context.font = `${FONT_PX * this.scale}px ${themeNow.font}`;
    context.fillStyle = themeNow.muted;
    context.textAlign = "left";
    context.fillText("looks at →", edge, FONT_PX * this.scale * 0.6);
    context.save();
    context.translate(FONT_PX * this.scale * 0.6, edge);
    context.rotate(-Math.PI / 2);
    context.textAlign = "right";
    context.fillText("← this token", 0, 0);
    context.restore();
  }

  #cross(context, edge, cell) {
    const [row, column] = this.cell;
    const [x, y] = [edge + column * cell, edge + row * cell];
    for (const [width, color] of [[4, this.themeNow.background], [2, this.themeNow.text]]) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.strokeRect(x, y, cell, cell);
    }
  }

  #say() {
    const { cell, frameNow, values, head } = this;
    const n = frameNow.tokens.length;
    const name = `Attention map of layer ${head[0] + 1}, head ${head[1] + 1}: ${n} by ${n} tokens. Arrow keys read single cells.`;
    if (this.field.getAttribute("aria-label") !== name) this.field.setAttribute("aria-label", name);
    if (!cell) return setText(this.readout, "Point at a cell to read its number. Each row sums to 1.");
    const [row, column] = cell;
    const hidden = this.sceneNow.form === "decoder" && column > row;
    const place = (k) => `${frameNow.tokens[k]} (${k + 1})`;
    const value = values[row * n + column];
    setText(this.readout, hidden
      ? `${place(row)} cannot see ${place(column)}: it comes later.`
      : `${place(row)} looks at ${place(column)} with ${value.toFixed(3)}`);
  }

  #hover(event) {
    if (!this.frameNow) return;
    const box = this.surface.canvas.getBoundingClientRect();
    const n = this.frameNow.tokens.length;
    const row = Math.floor((event.clientY - box.top - this.edge) / this.cellSide);
    const column = Math.floor((event.clientX - box.left - this.edge) / this.cellSide);
    const inside = row >= 0 && column >= 0 && row < n && column < n;
    this.#point(inside ? [row, column] : null);
  }

  #point(cell) {
    if (!this.frameNow || cell?.join() === this.cell?.join()) return;
    this.cell = cell;
    this.actions.point(cell?.[0] ?? null, cell?.[1] ?? null);
    this.#draw();
    this.#say();
  }

  #key(event) {
    const [down, right] = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key] ?? [0, 0];
    if (event.key === "Escape") this.#point(null);
    if (!down && !right) return;
    event.preventDefault();
    const n = this.frameNow.tokens.length;
    const [row, column] = this.cell ?? [0, 0];
    const inside = (k) => Math.min(Math.max(k, 0), n - 1);
    this.#point(this.cell ? [inside(row + down), inside(column + right)] : [0, 0]);
  }
}
