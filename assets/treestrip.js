/** The trees of a run as small pictures with "+" between them; pointing at one, or focusing it, looks at it. */

import { element, setAttribute, setText } from "./element.js";
import { count, number } from "./format.js";
import { Picture } from "./picture.js";
import { Surface } from "./surface.js";

export const TREE = 0; // kinds of a look: tree t by itself
export const AFTER = 1; // all trees up to t
export const NEAR = 2; // everything, and the pictures around tree t
export const NODE = 3; // 3 + k: tree t and the search at its node k
const WINDOW = 30;
const CELLS = 50;
const GAP_PX = 9; // between rows, borders included
const PLUS_PX = 27; // a plus sign and the borders of its picture
const SCALE_STOPS = 9;
const SIDES_PX = [64, 60, 56, 52, 48, 44, 40, 36, 33, 30];

export class TreeStrip {
  /** @param {(unit: number[]|null) => void} look */
  constructor(look) {
    this.look = look;
    this.window = 0;
    this.hovered = null;
    this.pinned = null;
    this.searched = null; // a node's search outlasts a look at other trees
    this.title = element("span", { class: "strip-title" });
    this.ends = [element("span"), element("span")];
    this.bar = element("span", { class: "strip-bar" });
    this.scale = element("span", { class: "strip-scale", "data-tip": "All pictures share one scale: what a tree says, before the learning rate. They fade as less is left to learn." }, this.ends[0], this.bar, this.ends[1]);
    this.earlier = this.#pageButton("‹", "Earlier trees", -1);
    this.later = this.#pageButton("›", "Later trees", 1);
    this.empty = element("div", { class: "strip-empty", text: "No tree yet. Press Play and watch what each one adds." });
    this.list = element("div", { class: "strip", role: "group", "aria-label": "Trees and sums of trees" });
    this.element = element("section", { "aria-label": "Trees" },
      element("div", { class: "strip-head" }, this.title, this.earlier, this.later, this.scale), this.empty, this.list);
    this.slots = Array.from({ length: WINDOW }, (_, k) => this.#slot(k));
    this.#listen();
  }

  scene(scene) {
    this.sceneNow = scene;
    this.#group(scene.trees_per_round);
    this.#hold();
    this.window = 0;
    this.hovered = this.pinned = this.searched = null;
    this.#forget();
    this.tell();
  }

  /** The trees of a round stay together on a line while they fit. */
  #group(each) {
    if (each === this.each) return;
    this.each = each;
    const rounds = Array.from({ length: Math.ceil(WINDOW / each) }, (_, k) => this.slots.slice(k * each, (k + 1) * each));
    this.list.replaceChildren(...rounds.map((slots) => element("span", { class: "tree-round" }, ...slots.map(({ pair }) => pair))));
  }

  /** Keeps the height that all pictures of a window will take: nothing below moves while trees are added. */
  #hold() {
    if (!this.side || !this.sceneNow) return;
    const { trees_per_round: each, n_trees: nTrees, window } = this.sceneNow;
    const border = 3;
    const inRow = Math.max(1, Math.floor(this.width / (each * (this.side + border) + PLUS_PX - border)));
    const rows = Math.ceil(Math.min(window, nTrees) / each / inRow);
    this.list.style.minHeight = `${rows * (this.side + GAP_PX) - GAP_PX + border}px`;
  }

  theme(colors) {
    this.levels = colors.signed;
    const stops = Array.from({ length: SCALE_STOPS }, (_, k) => colors.ofSigned((2 * k) / (SCALE_STOPS - 1) - 1));
    this.bar.style.background = `linear-gradient(to right, ${stops.join()})`;
    this.#forget();
  }

  layout(width, height, scale) {
    const fits = (side) => Math.ceil(WINDOW / Math.floor(width / (side * scale + PLUS_PX))) * (side * scale + GAP_PX) <= height;
    this.side = Math.round((SIDES_PX.find(fits) ?? SIDES_PX.at(-1)) * scale);
    this.width = width;
    this.#hold();
    for (const { surface, plus: node } of this.slots) {
      surface.resize(this.side, this.side);
      node.style.height = `${this.side}px`;
    }
    const pixels = this.slots[0].surface.canvas.width;
    if (this.picture?.size !== pixels) this.picture = new Picture(CELLS, pixels);
    this.#forget();
  }

  frame(frame) {
    this.frameNow = frame;
    const { n_built: nBuilt, pictures_from: from } = frame;
    if ((this.searched ?? this.pinned)?.[1] >= nBuilt) this.pin(null); // a tree that is gone is not looked at again when another comes
    this.#follow(frame);
    const { window } = this.sceneNow;
    const end = Math.min(from + window, nBuilt);
    setText(this.title, nBuilt > window ? `Trees ${count(from + 1)} to ${count(end)} of ${count(nBuilt)}` : nBuilt === 1 ? "1 tree" : `${nBuilt} trees`);
    this.ends.forEach((end, k) => setText(end, number((2 * k - 1) * frame.picture_scale)));
    this.earlier.hidden = this.later.hidden = nBuilt <= window;
    setAttribute(this.earlier, "aria-disabled", String(from === 0));
    setAttribute(this.later, "aria-disabled", String(end >= nBuilt));
    this.empty.hidden = nBuilt > 0;
    this.slots.forEach((slot, k) => this.#show(slot, from + k, from + k < end));
    this.#draw(frame);
  }

  /** While trees are added and nobody points at one, the newest stay in sight, the very last among them. */
  #follow({ n_built: nBuilt, status }) {
    const last = this.#windowOf(Math.max(nBuilt - 1, 0));
    const free = !this.hovered && !this.pinned;
    const added = status === "playing" || this.played;
    this.played = status === "playing";
    if ((added && free && last !== this.window) || this.window > last) this.#page(last);
  }

  #show(slot, t, visible) {
    const { trees_per_round: each } = this.sceneNow;
    const [kind, looked] = this.frameNow.looked ?? [NEAR, -1];
    slot.t = t;
    slot.pair.hidden = slot.button.hidden = !visible;
    slot.plus.hidden = !visible || (t + 1) % each !== 0;
    if (!visible) return;
    const name = treeName(t, this.sceneNow);
    setAttribute(slot.button, "aria-label", name);
    setAttribute(slot.plus, "aria-label", `All trees up to ${t + 1}`);
    setAttribute(slot.button, "aria-pressed", String(same(this.pinned, [TREE, t])));
    setAttribute(slot.plus, "aria-pressed", String(same(this.pinned, [AFTER, t])));
    setText(slot.number, String(t + 1));
    slot.button.classList.toggle("looked", kind === TREE && looked === t);
    slot.button.classList.toggle("counted", kind === AFTER && t <= looked);
    slot.plus.classList.toggle("looked", kind === AFTER && looked === t);
  }

  #draw({ tree_pictures: pictures, pictures_from: from, picture_scale: scale }) {
    if (!this.picture || !this.levels) return;
    const n = pictures.shape[0];
    const key = `${this.sceneNow.run} ${from} ${scale}`;
    this.slots.slice(0, n).forEach((slot, k) => {
      if (slot.drawn === key) return;
      slot.drawn = key;
      slot.surface.context.putImageData(this.picture.fill(pictures, k * CELLS * CELLS, this.levels), 0, 0);
    });
    for (const slot of this.slots.slice(n)) slot.drawn = null;
  }

  #forget() {
    for (const slot of this.slots) slot.drawn = null;
  }

  /** Looks at what is pointed at here, searched or pinned. */
  tell() {
    this.look(this.hovered ?? this.searched ?? this.pinned ?? (this.window ? [NEAR, this.window] : null));
  }

  /** The first tree of the pictures among which tree `t` stands; a round is never torn apart. */
  #windowOf(t) {
    return t - (t % this.sceneNow.window);
  }

  #page(from) {
    this.window = from;
    this.searched = null;
    this.tell();
  }

  #point(unit) {
    this.hovered = unit;
    if (unit) this.window = this.#windowOf(unit[1]);
    this.tell();
  }

  /** Looks at a tree or a "+" until it is told again, or told null. */
  pin(unit) {
    this.pinned = same(this.pinned, unit) ? null : unit;
    this.searched = null;
    if (this.pinned) this.window = this.#windowOf(unit[1]);
    this.tell();
  }

  /** Opens the search at a node, or closes it when it is open or told null. */
  search(unit) {
    this.searched = same(this.searched, unit) ? null : unit;
    this.hovered = null; // also where the pointer rests on a tree
    if (unit) this.window = this.#windowOf(unit[1]);
    this.tell();
  }

  #slot(k) {
    const surface = new Surface("tree-picture");
    const numeral = element("span", { class: "tree-number", "aria-hidden": "true" });
    const button = element("button", { type: "button", class: "tree-button", tabindex: k ? "-1" : "0" }, surface.canvas, numeral);
    const plus = element("button", { type: "button", class: "plus-button", tabindex: "-1", text: "+" });
    const pair = element("span", { class: "tree-pair" }, button, plus);
    const slot = { t: k, surface, number: numeral, button, plus, pair };
    this.#aim(button, () => [TREE, slot.t]);
    this.#aim(plus, () => [AFTER, slot.t]);
    return slot;
  }

  #aim(node, unit) {
    node.addEventListener("pointerenter", () => this.#point(unit()));
    node.addEventListener("focus", () => this.#point(unit()));
    node.addEventListener("blur", () => this.#point(null));
    node.addEventListener("click", () => this.pin(unit()));
  }

  #pageButton(text, name, way) {
    const click = () => {
      const from = this.window + way * this.sceneNow.window;
      if (from >= 0 && from < this.frameNow.n_built) this.#page(from);
    };
    return element("button", { type: "button", class: "strip-page", "aria-label": name, text, on: { click } });
  }

  #listen() {
    this.list.addEventListener("pointerleave", () => this.#point(null));
    this.list.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Arrows walk from tree to "+" to tree; up and down by a row. */
  #key(event) {
    const items = this.slots.flatMap(({ button, plus }) => [button, plus]).filter((node) => !node.hidden);
    const at = items.indexOf(event.composedPath().find((node) => items.includes(node)));
    const row = items.filter((node) => node.offsetTop === items[0].offsetTop).length;
    const way = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, Home: -at, End: items.length - 1 - at }[event.key];
    if (event.key === "Escape" && this.pinned) this.pin(this.pinned);
    if (way === undefined || at < 0) return;
    event.preventDefault();
    const next = items[Math.min(Math.max(at + way, 0), items.length - 1)];
    for (const node of items) node.tabIndex = node === next ? 0 : -1;
    next.focus();
  }
}

/** "Tree 7", or with several classes "Tree 7, for class 2". */
export function treeName(t, { trees_per_round: each, class_names: names }) {
  return each > 1 ? `Tree ${t + 1}, for ${names[t % each]}` : `Tree ${t + 1}`;
}

function same(a, b) {
  return Boolean(a && b) && a[0] === b[0] && a[1] === b[1];
}
