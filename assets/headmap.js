/** One head's map, large: who looks (rows) at whom (columns), with the number under the pointer. */

import { element, quietly, setText } from "./element.js";
import { loss, percent } from "./format.js";
import { maskOf, placeName } from "./cells.js";
import { isOff } from "./headgrid.js";
import { HeadLines } from "./headlines.js";
import { JoinedChoice, titleOf } from "./joined.js";
import { readBy } from "./reading.js";
import { Surface } from "./surface.js";

const FONT_PX = 12;
const SHORT_NAME = 2; // letters of names that may stand in several rows
const MOST_ROWS = 3;
const PATTERN_TIP = "The pattern that this head follows most, and the share of its attention that does, measured on different test sequences: up to 64, while it plays 16. Position only: its map is the same, to this share, whatever the tokens are.";

export class HeadMap {
  /**
   * @param {Object} actions `point(row, column)` what is pointed at, `switchHead(on)` of the head in sight, `join(how)` which map is
   *   wanted, `lines(on)` whether lines are, `flip(row, column)` a cell of the mask is pressed while `editing`
   */
  constructor(actions) {
    this.actions = actions;
    this.title = element("span", { class: "map-title", "data-tip": PATTERN_TIP });
    this.on = element("input", { type: "checkbox", on: { change: () => actions.switchHead(this.on.checked) } });
    const tip = "Off, this head writes nothing for the shown sequence. Watch whether the answer still holds. The run goes on with all heads.";
    const toggle = element("label", { class: "toggle", "data-tip": tip }, this.on, element("span", { text: "Head on" }));
    this.surface = new Surface("head-map", { "aria-hidden": null });
    this.readout = element("div", { class: "head-readout", "aria-live": "polite" });
    this.field = element("div", { class: "head-field", tabindex: "0", role: "img",
      on: { ...readBy({ hover: (e) => this.#hover(e), key: (e) => this.#key(e), leave: () => this.#point(null) }), click: () => this.#flip() } },
      this.surface.canvas);
    this.lines = new HeadLines({ point: (row) => (actions.point(row, null), this.#say()) });
    this.asLines = false;
    this.editing = false;
    this.element = element("div", { class: "head-large" },
      element("div", { class: "head-bar" }, this.title, toggle), this.#views(), this.field, this.lines.element, this.readout);
    this.cell = null;
  }

  /** Map or lines, of which heads, and what the colors stand for. */
  #views() {
    const view = (text, lines, tip) => element("button", { type: "button", class: "quiet-button", text, "data-tip": tip, "aria-pressed": String(!lines),
      on: { click: () => this.#show(lines) } });
    this.tabs = [view("Map", false, "Each cell is a number: how much the token of its row looks at the token of its column."),
      view("Lines", true, "Each line joins a token to one that it looks at: the thicker, the more. All heads of the layer at once.")];
    this.choice = new JoinedChoice(this.actions.join);
    this.scale = element("span", { class: "head-scale", "aria-hidden": "true" }, element("span", { text: "0" }), element("i"), element("span", { text: "1" }));
    return element("div", { class: "head-views" }, element("div", { class: "curve-tabs", role: "group", "aria-label": "Map or lines" }, ...this.tabs), this.choice.element, this.scale);
  }

  #show(lines) {
    this.asLines = lines;
    this.tabs.forEach((tab, k) => tab.setAttribute("aria-pressed", String((k === 1) === lines)));
    this.field.hidden = lines;
    this.scale.style.visibility = lines ? "hidden" : "";
    this.lines.element.hidden = !lines;
    this.cell = null;
    this.actions.lines(lines);
  }

  scene(scene) {
    this.sceneNow = scene;
    this.lines.scene(scene);
    this.scale.children[1].style.background = `linear-gradient(to right, ${scene.palette.sequential.join()})`;
    this.cell = null;
    this.forget();
  }

  /** @param {number} side of the map @param {number} scale @param {number} width of the panel: lines take all of it */
  layout(side, scale, width) {
    this.zoom = scale;
    this.side = side;
    this.surface.resize(side, side);
    this.lines.layout(width, side, scale);
  }

  /** Makes the next frame draw everything. */
  forget() {
    this.frameNow = null;
  }

  /** @param {Object} look what is wanted by now: controls show it before the frame that it makes has come */
  frame(frame, head, levels, theme, look) {
    const n = this.sceneNow.n_tokens;
    if (!this.side || frame.tokens.length !== n) return;
    Object.assign(this, { frameNow: frame, head, levels, themeNow: theme });
    this.values = this.#valuesOf(frame, head, n);
    const plain = maskOf(this.sceneNow, { flips: [] }, head); // of joined heads one that was opened by hand may look there
    const joined = { ...plain, hidden: (row, column) => plain.hidden(row, column) && this.values[row * n + column] === 0 };
    this.mask = frame.joined === "head" ? maskOf(this.sceneNow, frame, head) : joined;
    if (this.asLines) this.lines.frame(frame, head[0], theme);
    else this.#draw();
    this.#describe(frame, head, look);
    this.#say();
  }

  /** Exact numbers of the head that the server was asked for; until they come, those of the small map. */
  #valuesOf(frame, [layer, head], n) {
    if ((frame.looked[0] === layer && frame.looked[1] === head) || frame.joined !== "head") return frame.map;
    const start = (layer * this.sceneNow.heads + head) * n * n;
    return Float32Array.from(frame.maps.subarray(start, start + n * n), (byte) => byte / 255);
  }

  #describe(frame, [layer, head], look) {
    const k = layer * this.sceneNow.heads + head;
    const [pattern, share] = frame.patterns[k];
    const own = `Layer ${layer + 1}, head ${head + 1}${pattern ? `: ${pattern} ${percent(share)}` : ""}`;
    const { joined } = frame;
    setText(this.title, titleOf(joined, layer, own));
    this.choice.show(look.probe.joined ?? "head");
    this.facts = joined === "head" ? `Entropy ${percent(frame.entropy[k])}. ${isOff(frame, { layer, head }) ? "This head is off: it writes nothing." : mattersOf(frame, frame.ablation[k])}` : "Each row sums to 1.";
    this.on.parentElement.style.visibility = joined === "head" ? "" : "hidden";
    const on = !isOff(look, { layer, head });
    if (this.on.checked !== on) this.on.checked = on;
  }

  #draw() {
    const { context } = this.surface;
    const { values, levels, frameNow, themeNow } = this;
    const n = frameNow.tokens.length;
    const font = Math.max(FONT_PX * this.zoom, Math.min(16 * this.zoom, this.side / n / 2));
    const longest = Math.max(...frameNow.tokens.map((token) => token.length));
    const plain = Math.ceil(font * (1.1 + 0.55 * longest) + font * 1.2);
    const rows = longest <= SHORT_NAME ? Math.min(MOST_ROWS, Math.ceil((font * 0.95) / ((this.side - plain) / n))) : 1;
    const row = font * (0.4 + 0.6 * longest); // of names that stand beside one another, for they need more room than a cell
    const edge = plain + Math.ceil((rows - 1) * row);
    const cell = (this.side - edge) / n;
    Object.assign(this, { edge, cellSide: cell });
    this.surface.clear();
    const bytes = new Uint8Array(levels.buffer);
    for (let k = 0; k < n * n; k++) {
      if (this.mask.hidden(Math.floor(k / n), k % n)) continue;
      const at = 4 * Math.round(255 * Math.min(Math.max(values[k], 0), 1));
      context.fillStyle = `rgb(${bytes[at]}, ${bytes[at + 1]}, ${bytes[at + 2]})`;
      const [x, y] = [edge + (k % n) * cell, edge + Math.floor(k / n) * cell];
      context.fillRect(x, y, cell + 0.5, cell + 0.5);
    }
    this.#labels(context, font, edge, cell, { rows, row });
    this.#flips(context, edge, cell);
    if (this.cell) this.#cross(context, edge, cell);
    context.strokeStyle = themeNow.line;
    context.lineWidth = 1;
    context.strokeRect(edge - 0.5, edge - 0.5, n * cell + 1, n * cell + 1);
  }

  #labels(context, font, edge, cell, { rows, row }) {
    const { frameNow, themeNow, cell: at } = this;
    context.textBaseline = "middle";
    const every = Math.ceil((font * 0.95) / cell / rows); // where names would run into each other, only some stand there
    frameNow.tokens.forEach((token, k) => {
      if (k % every !== 0 && !at?.includes(k)) return;
      const middle = edge + (k + 0.5) * cell;
      const out = ((k / every) % rows) * row;
      const label = (text, x, y, on, align) => {
        context.font = `${on ? "700 " : ""}${font}px ${themeNow.font}`;
        context.fillStyle = on ? themeNow.text : themeNow.muted;
        context.textAlign = align;
        context.fillText(text, x, y);
      };
      label(token, edge - font * 0.5 - out, middle, at?.[0] === k, "right");
      label(token, middle, edge - font * 0.75 - out, at?.[1] === k, "center");
    });
    context.font = `${FONT_PX * this.zoom}px ${themeNow.font}`;
    context.fillStyle = themeNow.muted;
    context.textAlign = "left";
    context.fillText("looks at →", edge, FONT_PX * this.zoom * 0.6);
    context.save();
    context.translate(FONT_PX * this.zoom * 0.6, edge);
    context.rotate(-Math.PI / 2);
    context.textAlign = "right";
    context.fillText("← this token", 0, 0);
    context.restore();
  }

  /** Cells of the mask that were turned around: crossed out where hidden by hand, ringed where opened by hand. */
  #flips(context, edge, cell) {
    const n = this.frameNow.tokens.length;
    for (let k = 0; k < n * n; k++) {
      const [row, column] = [Math.floor(k / n), k % n];
      if (!this.mask.flipped(row, column)) continue;
      const [x, y, end] = [edge + column * cell, edge + row * cell, cell - 3];
      Object.assign(context, { lineWidth: 2, strokeStyle: this.themeNow.text });
      context.beginPath();
      if (this.mask.hidden(row, column)) {
        context.moveTo(x + 3, y + 3);
        context.lineTo(x + end, y + end);
        context.moveTo(x + end, y + 3);
        context.lineTo(x + 3, y + end);
      } else context.rect(x + 1, y + 1, cell - 2, cell - 2);
      context.stroke();
    }
  }

  #flip() {
    if (!this.editing || !this.cell || this.frameNow?.joined !== "head") return;
    this.actions.flip(this.head, ...this.cell);
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
    quietly(this.readout, frameNow);
    if (this.asLines) return setText(this.readout, this.lines.text);
    if (!cell) return setText(this.readout, this.facts);
    const [row, column] = cell;
    const [looker, seen] = [placeName(frameNow.tokens, row), placeName(frameNow.tokens, column)];
    const value = values[row * n + column];
    const why = this.mask.flipped(row, column) ? "you hid it" : "it comes later";
    const press = this.editing && frameNow.joined === "head" ? ` Click or Enter ${this.mask.hidden(row, column) ? "opens" : "hides"} it.` : "";
    setText(this.readout, (this.mask.hidden(row, column) ? `${looker} cannot see ${seen}: ${why}.` : `${looker} looks at ${seen} with ${value.toFixed(3)}.`) + press);
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
    if (event.key === "Enter") this.#flip();
    if (!down && !right) return;
    event.preventDefault();
    if (!this.frameNow) return; // the size has just changed: the next frame draws all
    const n = this.frameNow.tokens.length;
    const [row, column] = this.cell ?? [0, 0];
    const inside = (k) => Math.min(Math.max(k, 0), n - 1);
    this.#point(this.cell ? [inside(row + down), inside(column + right)] : [0, 0]);
  }
}

/** How much a head that is on matters for the shown sequence. */
function mattersOf({ scored, swap }, change) {
  if (!scored) return swap ? "Of swapped tokens nobody knows the answer, so no loss is told." : "Nothing is asked here, so no loss is told.";
  return `Without this head, the loss here ${change < 0 ? "falls" : "rises"} by ${loss(Math.abs(change))}.`;
}
