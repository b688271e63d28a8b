/** What would have to change: the drawing on its way to another digit, step by step. */

import { BytePicture, inkTable, signedTable } from "./bytepicture.js";
import { element, setText } from "./element.js";
import { share, withArticle } from "./guess.js";
import { Surface } from "./surface.js";
import { FORMER, nothing } from "./why.js";

const SIDE = 28;

export class Change {
  constructor() {
    this.picture = new BytePicture();
    this.ink = inkTable();
    this.text = element("p", { class: "why-title" });
    this.note = element("p", { class: "digits-note", text: "Each step goes along the gradient of the digit's probability by the pixels, smoothed a little. The network reads each picture anew. That so little changes its mind while you still see your digit is a known weakness of such networks: adversarial examples." });
    this.strip = element("ol", { class: "change-strip" });
    this.tiles = [];
    this.element = element("div", { class: "change" }, this.text, this.strip, this.note);
    this.size = 2 * SIDE;
  }

  colors(palette, dark) {
    this.signs = signedTable(palette, dark);
  }

  layout(scale) {
    this.size = SIDE * Math.round(2 * scale);
  }

  frame(frame) {
    const known = frame.change_digit !== null;
    this.strip.hidden = this.note.hidden = !known;
    setText(this.text, known ? words(frame) : nothing(frame));
    if (!known) return;
    const { change_images: images, change_steps: steps, change_digit: digit } = frame;
    while (this.tiles.length < steps.length + 1) this.tiles.push(tile());
    steps.forEach((step, k) => {
      const proba = frame.change_proba[k];
      const says = proba.indexOf(Math.max(...proba));
      this.#draw(this.tiles[k], images, k * SIDE * SIDE, this.ink, `${step ? `step ${step}` : "drawing"}`, `${digit}: ${share(proba[digit])}`);
      this.tiles[k].node.classList.toggle("turned", says === digit);
      this.tiles[k].node.dataset.tip = `Step ${step}: it reads ${withArticle(says)} with ${share(proba[says])}.`;
    });
    const last = this.tiles[steps.length];
    this.#draw(last, frame.change_difference, 0, this.signs, "change", "+ more ink");
    last.node.classList.remove("turned");
    last.node.dataset.tip = "The last picture less the drawing: red is more ink, blue is less.";
    this.strip.replaceChildren(...this.tiles.slice(0, steps.length + 1).map(({ node }) => node));
  }

  /** Training goes on: what stands here is of the network before. */
  former() {
    setText(this.text, FORMER);
  }

  #draw({ surface, title, value }, values, offset, table, name, says) {
    surface.resize(this.size, this.size);
    this.picture.draw(surface.context, values, offset, [SIDE, SIDE], table, { x: 0, y: 0, width: this.size, height: this.size });
    setText(title, name);
    setText(value, says);
  }
}

function words(frame) {
  const { change_digit: digit, change_turn: turn, change_share: part } = frame;
  const size = `The change is ${Math.round(100 * part)}% as strong as the ink of the drawing.`;
  if (turn === 0) return `It already reads ${digit}. Point at the bar of another digit.`;
  return turn === null ? `${frame.change_steps.at(-1)} small steps towards ${digit} are not enough. ${size}` : `After ${turn} small steps towards ${digit} it reads ${digit}. ${size}`;
}

function tile() {
  const surface = new Surface("mistake");
  const [title, value] = [element("span", {}), element("span", { class: "change-value" })];
  return { surface, title, value, node: element("li", {}, surface.canvas, title, value) };
}
