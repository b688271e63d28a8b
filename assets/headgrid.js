/** All heads as small maps: a row for each layer, a column for each head. Pointing or moving the focus shows one large. */

import { element, setAttribute, setText } from "./element.js";
import { maskOf } from "./cells.js";
import { loss, percent } from "./format.js";
import { moveFocus, press } from "./headkeys.js";

const GAP_PX = 10;
const CAPTION_PX = 40;
const ROW_LABEL_PX = 58;
const SMALLEST_PX = 40;
const LARGEST_PX = 230;
const NAMED_FROM_PX = 80; // room across for a pattern in full beside the entropy
const CAPTION_ACROSS_PX = 96; // what both take where a map is narrower and there is room
const BESIDE_PX = 60; // of words beside a map where there is no room below it
const FRAME_PX = 10; // between both, and the map's border
const BESIDE_LEAST = 0.75; // of the smallest side: a map with its words beside it may be smaller
const NUMBER_PX = 14; // that the number beside the bar makes a row higher
const SHORT = { "previous token": "prev", "first token": "1st", itself: "self", "same token": "same", induction: "ind", "position only": "pos", off: "off" };
const LEGEND = {
  below: "Under each map: left its pattern, right its entropy.",
  short: "Under each map: left its pattern in short, right its entropy.",
  beside: "Beside each map: its pattern and its entropy.",
};
const SIGNS = "prev: previous token, 1st: first token, self: itself, same: same token, ind: induction, pos: position only.";

/** Whether a head is switched off in what a frame shows, or in what is wanted. */
export function isOff({ off }, { layer, head }) {
  return off.some(([l, h]) => l === layer && h === head);
}

export class HeadGrid {
  /**
   * @param {(head: [number, number], chosen: boolean) => void} look chosen: more than pointed at
   * @param {() => void} leave the pointer points at none any more
   */
  constructor(look, leave) {
    this.look = look;
    this.heads = [];
    this.legend = this.signs = ""; // what stands at each map, and what short signs mean
    this.element = element("div", { class: "head-grid", role: "group", "aria-label": "Attention maps of all heads",
      on: { keydown: (event) => moveFocus(event, this.heads, this.selected), pointerleave: leave } });
  }

  show(scene, selected) {
    const shape = `${scene.layers} ${scene.heads} ${scene.n_tokens}`;
    if (shape === this.shape) return;
    Object.assign(this, { shape, scene, selected });
    this.heads = [];
    const rows = [];
    for (let layer = 0; layer < scene.layers; layer++) {
      const row = element("div", { class: "head-row" }, element("div", { class: "head-layer", text: `Layer ${layer + 1}` }));
      for (let head = 0; head < scene.heads; head++) row.append(this.#head(layer, head).node);
      rows.push(row);
    }
    this.element.replaceChildren(...rows);
    this.select(selected);
    if (this.room) this.layout(...this.room);
  }

  /** @param {number} smallest side of a map that is still readable where the room is @param {number} scale of its words */
  layout(width, height, smallest = SMALLEST_PX, scale = 1) {
    this.room = [width, height, smallest, scale];
    if (!this.scene) return;
    const across = (width - ROW_LABEL_PX * scale) / this.scene.heads - GAP_PX;
    const row = height / this.scene.layers - GAP_PX;
    const down = row - CAPTION_PX;
    const room = across - FRAME_PX - BESIDE_PX * scale;
    const least = BESIDE_LEAST * smallest;
    const beside = down < smallest && room >= least;
    const side = Math.floor(beside ? Math.max(least, Math.min(LARGEST_PX, room, row - FRAME_PX / 2))
      : Math.max(SMALLEST_PX, Math.min(LARGEST_PX, across, Math.max(down, smallest))));
    const most = CAPTION_ACROSS_PX * scale;
    const caption = beside ? Math.min(across - side - FRAME_PX, most) : Math.max(side, Math.min(across, CAPTION_ACROSS_PX));
    const tight = !beside && side < NAMED_FROM_PX && down < side + NUMBER_PX; // no room for a number beside the bar
    this.rounded = caption < (beside ? most : NAMED_FROM_PX * scale);
    this.words = beside ? "beside" : this.rounded ? "short" : "below";
    this.legend = LEGEND[this.words];
    this.signs = this.words === "short" ? SIGNS : "";
    this.element.style.setProperty("--head", `${side}px`);
    this.element.style.setProperty("--caption", `${caption}px`);
    this.element.classList.toggle("beside", beside);
    this.element.classList.toggle("tight", tight);
    this.told = !tight && !this.rounded; // else on pointing at a map and on going there with the keys
  }

  select(selected) {
    this.selected = selected;
    press(this.heads, selected);
  }

  frame(frame, levels) {
    const n = this.scene.n_tokens;
    const most = Math.max(1e-6, ...frame.ablation);
    if (frame.maps.shape[2] !== n || frame.maps.shape[0] * frame.maps.shape[1] !== this.heads.length) return;
    this.heads.forEach((head, k) => {
      const mask = maskOf(this.scene, frame, [head.layer, head.head]);
      for (let cell = 0, at = k * n * n; cell < n * n; cell++, at++) {
        const hidden = mask.hidden(Math.floor(cell / n), cell % n); // a token that is not seen is no zero: it is not there
        head.pixels[cell] = hidden ? 0 : levels[frame.maps[at]];
      }
      head.context.putImageData(head.image, 0, 0);
      this.#describe(head, frame, k, most);
    });
  }

  #describe(head, frame, k, most) {
    const short = this.words === "short";
    const off = isOff(frame, head);
    const pattern = off ? "off" : frame.patterns[k][0];
    const share = percent(frame.entropy[k]);
    const plain = short ? `H${head.head + 1}` : `head ${head.head + 1}`;
    setText(head.name, (short ? SHORT[pattern] : pattern.replace(/ (token|only)$/, "")) || plain); // the large map says it in full
    setText(head.caption, share);
    head.node.classList.toggle("off", off);
    const told = frame.scored && !off; // what a head that is off would matter is not measured
    const change = told ? frame.ablation[k] : 0;
    head.bar.style.transform = `scaleX(${Math.max(0, change / most).toFixed(3)})`;
    const [sign, size] = [change < 0 ? "−" : "+", Math.abs(change)];
    setText(head.matters, !told ? "–" : sign + (this.rounded ? size.toFixed(2) : loss(size)));
    const name = `Layer ${head.layer + 1}, head ${head.head + 1}, ${pattern || "no pattern"}, entropy ${share}, loss without it ${told ? sign + loss(size) : "–"}`;
    setAttribute(head.node, "aria-label", name);
    if (this.told) delete head.node.dataset.tip;
    else head.node.dataset.tip = name;
  }

  #head(layer, head) {
    const n = this.scene.n_tokens;
    const canvas = element("canvas", { class: "head-canvas", width: n, height: n, "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    const image = new ImageData(n, n);
    const caption = element("span", { class: "head-entropy" });
    const name = element("span", { class: "head-name", text: `head ${head + 1}` });
    const bar = element("i");
    const matters = element("span");
    const choose = () => this.look([layer, head], true);
    const node = element("button", { type: "button", class: "head", on: { pointermove: () => this.#pass(layer, head), focus: choose, click: choose } },
      canvas, element("span", { class: "head-caption" }, name, caption),
      element("span", { class: "head-caption head-matters" }, element("span", { class: "head-bar-track" }, bar), matters));
    const made = { layer, head, node, name, caption, bar, matters, context, image, pixels: new Uint32Array(image.data.buffer) };
    this.heads.push(made);
    return made;
  }

  /** The pointer passes over a head; a page that scrolls under a pointer at rest does not count. */
  #pass(layer, head) {
    if (this.selected[0] !== layer || this.selected[1] !== head) this.look([layer, head], false);
  }
}
