/** The tree of a beam search: a column for each written token, kept beams solid, those that just missed dashed. */

import { element, setText, svg } from "./element.js";
import { points } from "./format.js";

const [COLUMN_PX, ROW_PX, EDGE_PX, NODE_PX] = [104, 30, 20, 74]; // between two columns there is room for the links

export class BeamTree {
  constructor() {
    this.best = element("ol", { class: "beam-best", "aria-label": "The likeliest texts" });
    this.svg = svg("svg", { role: "img" });
    this.element = element("div", { class: "beam" },
      element("div", { class: "beam-scroller", tabindex: "0", role: "group", "aria-label": "Tree of the beam search" }, this.svg), this.best);
    this.element.hidden = true;
  }

  /** @param {[number, string, number, number, boolean][]} nodes depth, token, parent, log probability, kept */
  draw(nodes) {
    const key = JSON.stringify(nodes);
    if (key === this.key) return;
    this.key = key;
    this.element.hidden = nodes.length === 0;
    const ranks = nodes.map(([depth], k) => k - nodes.findIndex((node) => node[0] === depth));
    const at = (k) => [EDGE_PX + 24 + nodes[k][0] * COLUMN_PX, EDGE_PX + ranks[k] * ROW_PX]; // where a link arrives
    const from = (k) => (k < 0 ? [EDGE_PX, EDGE_PX] : [at(k)[0] + NODE_PX, at(k)[1]]);
    const depth = nodes.length ? nodes.at(-1)[0] + 1 : 0;
    this.svg.setAttribute("width", EDGE_PX + 34 + depth * COLUMN_PX);
    this.svg.setAttribute("height", 2 * EDGE_PX + Math.max(0, ...ranks) * ROW_PX);
    const lines = nodes.map((node, k) => link(from(node[2]), at(k), node[4]));
    this.svg.replaceChildren(...lines, ...nodes.map((node, k) => box(at(k), node)));
    this.#list(nodes);
  }

  /** The texts of the last kept beams, from the likeliest on. */
  #list(nodes) {
    const depth = nodes.at(-1)?.[0];
    const texts = nodes.filter((node) => node[0] === depth && node[4]).map((node) => {
      const tokens = [];
      for (let at = node; at; at = nodes[at[2]]) tokens.unshift(at[1]);
      return [tokens.join(" "), `${points(Math.exp(node[3]))}%`];
    });
    this.best.replaceChildren(...texts.map(([text, share]) => element("li", {}, element("b", { text }), element("span", { text: ` ${share}` }))));
    this.svg.setAttribute("aria-label", `Beam search, likeliest first: ${texts.map((text) => text.join(", ")).join("; ")}`);
  }
}

function link([x1, y1], [x2, y2], kept) {
  const middle = (x1 + x2) / 2;
  return svg("path", { class: kept ? "kept" : "missed", d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}` });
}

function box([x, y], [, token, , logProba, kept]) {
  const text = svg("text", { x: x + 8, y: y + 4 });
  setText(text, `${token}  ${points(Math.exp(logProba))}%`);
  return svg("g", { class: kept ? "kept" : "missed" }, svg("rect", { x, y: y - 12, width: NODE_PX, height: 24, rx: 6 }), text);
}
