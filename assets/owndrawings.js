/** Own drawings that the network learns from: each with what it is and what is said, and how many are read rightly. */

import { BytePicture, inkTable } from "./bytepicture.js";
import { element, setText } from "./element.js";
import { count } from "./format.js";
import { Pace } from "./pace.js";
import { Surface } from "./surface.js";

const INTERVAL_MS = 100;
const SIDE = 28;
const TILE_PX = SIDE * 1.5;

export class OwnDrawings {
  constructor() {
    this.pace = new Pace(INTERVAL_MS);
    this.picture = new BytePicture();
    this.table = inkTable();
    this.note = element("p", { class: "mistakes-note" });
    this.gallery = element("ul", { class: "mistakes-gallery own-gallery" });
    this.tiles = [];
    this.element = element("section", { class: "own-drawings", hidden: true, "aria-label": "Own drawings" }, this.note, this.gallery);
  }

  frame(frame, now) {
    const { own } = frame;
    this.element.hidden = !own?.length;
    if (!own?.length || (frame.status === "playing" && !this.pace.due(now))) return;
    const right = own.filter(([label, said]) => label === said).length;
    setText(this.note, `${right} of ${own.length} own drawings read rightly; ${(100 * frame.test_accuracy).toFixed(1)}% of ${count(frame.n_test)} test images.`);
    while (this.tiles.length < own.length) this.tiles.push(tile());
    own.forEach((row, k) => this.#show(this.tiles[k], frame.own_images, k, row));
    if (own.length !== this.gallery.childElementCount) this.gallery.replaceChildren(...this.tiles.slice(0, own.length).map(({ node }) => node));
  }

  #show({ surface, caption, node }, images, k, [label, said, proba]) {
    surface.resize(TILE_PX, TILE_PX);
    this.picture.draw(surface.context, images, k * SIDE * SIDE, [SIDE, SIDE], this.table, { x: 0, y: 0, width: TILE_PX, height: TILE_PX });
    setText(caption, label === said ? `${label} ✓` : `${label} → ${said}`);
    node.classList.toggle("wrong", label !== said);
    node.dataset.tip = `You said ${label}. The network says ${said} with ${(100 * proba).toFixed(0)}%.`;
  }
}

function tile() {
  const surface = new Surface("mistake");
  const caption = element("span", {});
  return { surface, caption, node: element("li", {}, surface.canvas, caption) };
}
