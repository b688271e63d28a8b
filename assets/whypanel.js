/** Why contenders differ at one place: what each of them computes on its way to its answer. */

import { element, setText } from "./element.js";
import { count, number } from "./format.js";
import { badge } from "./scoreboard.js";
import { Surface } from "./surface.js";

const CURVE_PX = 64;

export class WhyPanel {
  /** @param {() => void} close */
  constructor(close) {
    this.title = element("h2", { class: "why-title", text: "Why they differ here" });
    this.back = element("button", { type: "button", class: "quiet-button", text: "Back to the scoreboard", on: { click: close } });
    this.row = element("p", { class: "why-row" });
    this.columns = element("div", { class: "why-columns" });
    this.element = element("section", { class: "why-panel", hidden: true, "aria-label": "Why they differ here", tabindex: "0" },
      element("div", { class: "why-head" }, this.title, this.back), this.row, this.columns);
    this.open = false;
  }

  scene(scene) {
    this.sceneNow = scene;
    this.key = null;
  }

  theme(theme, colors) {
    Object.assign(this, { themeNow: theme, colors, key: null });
  }

  layout(height, scale) {
    Object.assign(this, { scale, key: null });
    this.height = height;
    this.#limit();
  }

  /** @returns {boolean} whether it has opened or closed */
  frame({ why, why_row: row }) {
    setText(this.row, row);
    this.row.hidden = !row;
    this.#limit();
    const turned = Boolean(why) !== this.open;
    this.open = Boolean(why);
    this.element.hidden = !why;
    const key = why && JSON.stringify(why);
    if (!why || key === this.key || !this.colors) return turned;
    this.key = key;
    const cards = why.map((card, k) => this.#card(card, k));
    this.columns.replaceChildren(...cards.map(({ node }) => node));
    for (const { card, surface } of cards) if (surface) this.#curve(card.curve, surface);
    return turned;
  }

  /** What the row in words leaves of the height. */
  #limit() {
    this.columns.style.maxHeight = this.height === null ? "" : `${this.height - this.row.offsetHeight}px`;
  }

  #card(card, k) {
    const { contenders } = this.sceneNow;
    const curve = card.curve?.[0]?.length > 1;
    const surface = curve ? new Surface("why-curve") : null;
    const node = element("article", { class: "why-card" },
      element("header", {}, badge(this.sceneNow, k), element("b", { text: contenders[k].title })),
      element("p", { class: "why-answer", text: card.answer }),
      ...card.lines.slice(0, 1).map((text) => element("p", { text })),
      ...(surface ? [surface.canvas] : []),
      ...card.lines.slice(1).map((text) => element("p", { text })),
      ...card.layers.map((layer) => this.#layer(layer)),
      ...(card.bars.length ? [this.#bars(card.bars)] : []));
    return { node, card, surface };
  }

  #layer({ name, values, units }) {
    const most = Math.max(...values.map(Math.abs), 1e-9);
    const chips = values.map((value, k) => {
      const chip = element("span", { class: "unit-chip", text: units.length ? `${units[k]} = ${number(value)}` : number(value) });
      chip.style.borderColor = this.colors.ofSigned(value / most);
      chip.style.borderStyle = value < 0 ? "dashed" : "solid";
      return chip;
    });
    return element("div", { class: "why-layer" }, element("span", { class: "why-name", text: name }), element("div", { class: "unit-chips" }, ...chips));
  }

  #bars(bars) {
    const most = Math.max(...bars.map(({ value }) => Math.abs(value)), 1e-9);
    return element("div", { class: "why-bars" }, ...bars.flatMap(({ name, value, class: k }) => {
      const bar = element("i", { class: value < 0 ? "negative" : "positive" });
      bar.style.width = `${(100 * Math.abs(value)) / most}%`;
      bar.style.background = k === undefined ? this.colors.ofSigned(value < 0 ? -0.7 : 0.7) : this.colors.classes[k % this.colors.classes.length];
      return [element("span", { class: "why-name", text: name }), element("span", { class: "why-track" }, bar), element("span", { class: "why-value", text: Number.isInteger(value) ? count(value) : number(value) })];
    }));
  }

  /** Running sums, one line for each output; zero as a thin line. */
  #curve(lines, surface) {
    const width = Math.max(120, Math.floor(surface.canvas.parentElement.clientWidth - 18));
    surface.resize(width, CURVE_PX * this.scale);
    const { context, height } = surface;
    const all = [0, ...lines.flat()];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const y = (value) => height - 4 - ((value - low) / Math.max(high - low, 1e-9)) * (height - 8);
    const path = (values, color, dash, thick) => {
      context.strokeStyle = color;
      context.lineWidth = thick;
      context.setLineDash(dash);
      context.beginPath();
      values.forEach((value, k) => context.lineTo(2 + (k / Math.max(1, values.length - 1)) * (width - 4), y(value)));
      context.stroke();
    };
    path([0, 0], this.themeNow.line, [2, 2], 1);
    lines.forEach((values, k) => path(values, lines.length > 1 ? this.colors.classes[k % this.colors.classes.length] : this.themeNow.text, lines.length > 1 ? this.sceneNow.palette.dashes[k % 6] : [], 2));
    context.setLineDash([]);
  }
}
