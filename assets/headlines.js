/** Attention as lines: who looks on the left, who is looked at on the right; thicker is more. */

import { element, setAttribute } from "./element.js";
import { maskOf, placeName } from "./cells.js";
import { readBy } from "./reading.js";
import { Surface } from "./surface.js";

const FONT_PX = 14;
const FAINTEST = 0.02; // thinner lines are left out
const LARGEST_ROW_PX = 34;
const NAMED = 3;
const CHIPS_PX = 34;
const LEAST_PX = 120; // height
const DASHES = [[], [7, 4]]; // heads beyond the fourth share their color with an earlier one, and are dashed

export class HeadLines {
  /** @param {{point: (row: number|null) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.surface = new Surface("line-canvas");
    this.out = new Set(); // heads that are not drawn
    this.row = null;
    this.chips = element("div", { class: "line-chips", role: "group", "aria-label": "Heads of this layer" });
    this.field = element("div", { class: "head-field", tabindex: "0", role: "img",
      on: readBy({ hover: (e) => this.#hover(e), key: (e) => this.#key(e), leave: () => this.#point(null) }) },
      this.surface.canvas);
    this.element = element("div", { hidden: true }, this.chips, this.field);
  }

  scene(scene) {
    this.sceneNow = scene;
    this.row = null;
    this.out.clear();
    this.colors = scene.palette.classes;
    this.chips.replaceChildren(...Array.from({ length: scene.heads }, (_, head) => this.#chip(head)));
    this.#press();
  }

  layout(width, height, scale) {
    this.scale = scale;
    this.surface.resize(width, Math.max(LEAST_PX, height - CHIPS_PX));
  }

  frame(frame, layer, theme) {
    const n = this.sceneNow.n_tokens;
    if (!this.scale || frame.tokens.length !== n || frame.layer_maps?.shape[1] !== n || frame.looked[0] !== layer) return;
    Object.assign(this, { frameNow: frame, layer, themeNow: theme });
    this.chips.hidden = frame.joined !== "head";
    this.#draw();
  }

  /** What stands under the lines. */
  get text() {
    if (!this.frameNow) return "";
    if (this.row === null) return "Point at a token on the left, or use the arrow keys, to see only where it looks.";
    const { tokens, joined } = this.frameNow;
    const several = joined === "head" && this.sceneNow.heads > 1;
    const seen = this.#heads().flatMap((head) => [...this.#values(head, this.row)].map((value, k) => ({ head, value, k })));
    const best = seen.filter(({ value }) => value >= FAINTEST).sort((a, b) => b.value - a.value).slice(0, NAMED);
    const texts = best.map(({ head, value, k }) => `${placeName(tokens, k)} ${value.toFixed(3)}${several ? ` (head ${head + 1})` : ""}`);
    return `${placeName(tokens, this.row)} looks most at ${texts.join(", ")}`;
  }

  #heads() {
    if (this.frameNow.joined !== "head") return [0];
    return [...Array(this.sceneNow.heads).keys()].filter((head) => !this.out.has(head));
  }

  #values(head, row) {
    const n = this.sceneNow.n_tokens;
    const { joined, map, layer_maps: maps } = this.frameNow;
    const start = joined === "head" ? head * n * n : 0;
    return (joined === "head" ? maps : map).subarray(start + row * n, start + (row + 1) * n);
  }

  #draw() {
    const { context, width } = this.surface;
    const { frameNow, themeNow, scale } = this;
    const n = frameNow.tokens.length;
    const step = Math.min(LARGEST_ROW_PX * scale, (this.surface.height - 24 * scale) / n);
    const font = Math.max(12 * scale, Math.min(FONT_PX * scale, step * 0.8));
    const [left, right] = [Math.round(width * 0.22), Math.round(width * 0.78)];
    const y = (k) => 24 * scale + (k + 0.5) * step;
    Object.assign(this, { step, top: 24 * scale });
    this.surface.clear();
    for (const head of this.#heads()) this.#lines(context, head, [left + 6, right - 6], y);
    Object.assign(context, { font: `${font}px ${themeNow.font}`, textBaseline: "middle", globalAlpha: 1 });
    const every = Math.ceil(font / step); // where names would run into each other, only some stand there
    frameNow.tokens.forEach((token, k) => {
      if (k % every !== 0 && k !== this.row) return;
      context.fillStyle = this.row === null || this.row === k ? themeNow.text : themeNow.muted;
      context.font = `${this.row === k ? "700 " : ""}${font}px ${themeNow.font}`;
      context.textAlign = "right";
      context.fillText(placeName(frameNow.tokens, k), left, y(k));
      context.textAlign = "left";
      context.fillText(placeName(frameNow.tokens, k), right, y(k));
    });
    Object.assign(context, { font: `${12 * scale}px ${themeNow.font}`, fillStyle: themeNow.muted, textAlign: "right" });
    context.fillText("this token", left, 9 * scale);
    context.textAlign = "left";
    context.fillText("looks at", right, 9 * scale);
  }

  #lines(context, head, [from, to], y) {
    const mask = this.frameNow.joined === "head" ? maskOf(this.sceneNow, this.frameNow, [this.layer, head]) : null;
    const several = this.frameNow.joined === "head";
    context.strokeStyle = several ? this.colors[head % 4] : this.themeNow.text;
    context.setLineDash(several ? DASHES[Math.floor(head / 4) % 2] : []);
    for (let row = 0; row < this.sceneNow.n_tokens; row++) {
      if (this.row !== null && row !== this.row) continue;
      const values = this.#values(head, row);
      values.forEach((value, column) => {
        if (value < FAINTEST || mask?.hidden(row, column)) return;
        context.globalAlpha = 0.25 + 0.75 * value;
        context.lineWidth = 0.5 + 4.5 * value;
        context.beginPath();
        context.moveTo(from, y(row));
        context.lineTo(to, y(column));
        context.stroke();
      });
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  #chip(head) {
    const swatch = element("i", { class: head > 3 ? "dashed" : "" });
    swatch.style.borderColor = this.colors[head % 4];
    const tip = "Click shows or hides this head's lines. Double click, or Shift and Enter, shows it alone; again shows all.";
    return element("button", { type: "button", class: "quiet-button line-chip", "data-tip": tip, "aria-label": `Head ${head + 1}`,
      on: { click: () => this.#toggle(head), dblclick: () => this.#alone(head),
        keydown: (event) => event.key === "Enter" && event.shiftKey && (event.preventDefault(), this.#alone(head)) } },
      swatch, element("span", { text: String(head + 1) }));
  }

  /** The last head that is shown stays. */
  #toggle(head) {
    if (this.out.has(head)) this.out.delete(head);
    else if (this.out.size < this.sceneNow.heads - 1) this.out.add(head);
    this.#press();
  }

  #alone(head) {
    const alone = this.out.size === this.sceneNow.heads - 1 && !this.out.has(head);
    this.out = new Set(alone ? [] : [...Array(this.sceneNow.heads).keys()].filter((other) => other !== head));
    this.#press();
  }

  #press() {
    [...this.chips.children].forEach((chip, head) => setAttribute(chip, "aria-pressed", String(!this.out.has(head))));
    if (this.frameNow) this.#point(this.row, true);
  }

  #hover(event) {
    const box = this.surface.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - this.top) / this.step);
    this.#point(row >= 0 && row < this.sceneNow.n_tokens ? row : null);
  }

  #point(row, again = false) {
    if (!this.frameNow || this.frameNow.tokens.length !== this.sceneNow.n_tokens || (row === this.row && !again)) return;
    this.row = row;
    this.#draw();
    this.actions.point(row);
    const name = `Lines from each token to those it looks at. Arrow keys walk through the tokens. ${this.text}`;
    setAttribute(this.field, "aria-label", name);
  }

  #key(event) {
    const down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") this.#point(null);
    if (!down) return;
    event.preventDefault();
    this.#point(this.row === null ? 0 : Math.min(Math.max(this.row + down, 0), this.sceneNow.n_tokens - 1));
  }
}
