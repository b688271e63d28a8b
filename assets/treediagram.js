/** One tree from its root (left) to its leaves (right): what each node asks, and where it lies on the map. */

import { element, setAttribute, setText, svg } from "./element.js";
import { count, number, onAxis } from "./format.js";
import { treeName } from "./treestrip.js";

const ROWS_PX = [19, 34]; // the least and the most for a leaf
const TIGHT_PX = [9.5, 12.5]; // where leaves stand in two columns, each with the room of two
const EDGE_PX = 8; // above and below all nodes together; twice that where they stand in two columns
const LEAF_PX = 72;
const COLUMN_PX = 104;
const HINT = "Point at a node: its part of the map. Click: how it was found.";

export class TreeDiagram {
  /** @param {Object} actions `node(node|null)` looks at a node on the map, `choose(node, tree)` opens a node's search */
  constructor(actions) {
    this.actions = actions;
    this.title = element("span", { class: "tree-diagram-title" });
    this.detail = element("span", { class: "tree-diagram-detail", text: HINT });
    this.links = svg("svg", { class: "tree-links", "aria-hidden": "true" });
    this.area = element("div", { class: "tree-area", role: "tree", "aria-label": "Nodes of the tree" });
    this.scroller = element("div", { class: "tree-scroller" }, this.area);
    this.element = element("section", { class: "tree-diagram", "aria-label": "Inside the tree" },
      element("div", { class: "tree-diagram-head" }, this.title, this.detail), this.scroller);
    this.area.addEventListener("keydown", (event) => this.#key(event));
  }

  scene(scene) {
    this.sceneNow = scene;
    this.key = null;
  }

  theme(colors) {
    this.colors = colors;
    this.key = null;
  }

  /** @param {boolean} bounded whether the page has no more height than the window */
  layout(width, scale, bounded) {
    Object.assign(this, { width, scale, bounded });
    const { hidden } = this.element;
    this.element.hidden = false; // the room that a tree will have, also while there is none
    this.area.style.height = "0";
    this.room = this.element.clientHeight - this.scroller.offsetTop + this.element.offsetTop - 2;
    this.element.hidden = hidden;
    this.key = null;
  }

  frame(frame) {
    const { tree } = frame;
    this.element.hidden = !tree;
    if (!tree || !this.colors || !this.width) return;
    const key = `${this.sceneNow.run} ${tree.index}`;
    if (key !== this.key) {
      this.key = key;
      this.#build(frame);
    }
    for (const node of this.nodes) {
      setAttribute(node.button, "aria-selected", String(frame.split?.node === node.index));
      if (node.chip) node.chip.style.background = this.colors.ofSigned(Math.max(-1, Math.min(1, node.value / frame.picture_scale))); // as in the small pictures
    }
    this.#path(frame.trace ? frame.trace_path ?? [] : []);
  }

  /** To the node whose search is open, or the root. */
  focus() {
    (this.nodes.find(({ button }) => button.ariaSelected === "true") ?? this.nodes[0]).button.focus();
  }

  #build(frame) {
    const { tree } = frame;
    this.nodes = readNodes(frame);
    this.turned = !tree.upright;
    this.treeIndex = tree.index;
    const turned = tree.upright ? "" : " (′: points turned)";
    setText(this.title, `Inside ${treeName(tree.index, this.sceneNow).toLowerCase()}${turned}`);
    this.#show(null);
    this.#place();
    const buttons = this.nodes.map((node) => this.#button(node));
    const held = this.area.contains(this.area.getRootNode().activeElement);
    this.area.replaceChildren(this.links, ...buttons);
    if (held) buttons[0].focus({ preventScroll: true }); // of the tree that comes in place of one with the focus
    this.#draw();
    this.scroller.scrollTo(0, this.nodes[0].y - this.scroller.clientHeight / 2); // the root in sight
  }

  /** Leaves stand one under the other, or by turns in two columns where they would not fit; a parent in the middle. */
  #place() {
    const { nodes, scale } = this;
    const nLeaves = nodes.filter((node) => !node.children).length;
    const share = (besides) => (this.room - besides) / nLeaves / scale;
    const tight = this.bounded && nLeaves > 2 && share(EDGE_PX) < ROWS_PX[0];
    const [least, most] = tight ? TIGHT_PX : ROWS_PX;
    const edge = tight ? 2 * EDGE_PX : EDGE_PX;
    const height = Math.max(least, Math.min(share(edge), most)) * scale;
    const last = Math.max(...nodes.map((node) => node.level));
    const besides = tight ? 2 * LEAF_PX * scale : 0; // the two columns of leaves
    const column = Math.max((this.width - 16 - besides) / (last + !tight), COLUMN_PX * scale * (tight ? 0.85 : 1));
    let row = 0;
    const visit = (node) => {
      node.x = 6 + node.level * column;
      if (!node.children) {
        if (tight) node.x = 6 + last * column + (row % 2) * LEAF_PX * scale;
        node.y = (row++ + 0.5) * height + edge / 2;
      } else {
        node.children.forEach((child) => visit(nodes[child]));
        node.y = (nodes[node.children[0]].y + nodes[node.children[1]].y) / 2;
      }
    };
    visit(nodes[0]);
    this.area.style.height = `${row * height + edge}px`;
    this.area.style.width = `${(last + !tight) * column + besides}px`;
    this.area.style.setProperty("--column", `${column}px`);
    this.area.style.setProperty("--node", `${Math.min(20 * scale, tight ? 2 * height - 3 : height - 2)}px`);
  }

  #draw() {
    const { nodes, links, area } = this;
    links.setAttribute("width", area.style.width);
    links.setAttribute("height", area.style.height);
    const lines = nodes.flatMap((node) => (node.children ?? []).map((child) => curve(node, nodes[child], node.button.offsetWidth)));
    links.replaceChildren(svg("path", { d: lines.join("") }));
  }

  #button(node) {
    const axis = this.sceneNow.axes[node.feature];
    const parts = node.children ? [`${axis.name}${this.turned ? "′" : ""}`, ` < ${onAxis(node.threshold, axis)}`] : [number(node.value)];
    const said = parts.join("");
    if (!node.children) node.chip = element("span", { class: "tree-chip" });
    const button = element("button", {
      type: "button", class: "tree-node", role: "treeitem", "aria-level": String(node.level + 1),
      tabindex: node.index ? "-1" : "0", "aria-label": this.#words(node, said),
    }, ...(node.chip ? [node.chip] : []), ...parts.map((text) => element("span", { text })));
    button.style.left = `${node.x}px`;
    button.style.top = `${node.y}px`;
    const show = () => this.#show(node, button, said);
    const leave = () => this.#show(null);
    for (const [type, listener] of [["pointerenter", show], ["focus", show], ["pointerleave", leave], ["blur", leave]]) button.addEventListener(type, listener);
    button.addEventListener("click", () => this.actions.choose(node.index, this.treeIndex));
    node.button = button;
    return button;
  }

  #words(node, said) {
    const points = `${count(node.cover)} ${node.cover === 1 ? "point" : "points"}`;
    const cover = this.sceneNow.engine === "xgboost" ? `${number(node.cover)} hessians` : points;
    return node.children ? `${said}? Yes: up. Gain ${number(node.gain)}, cover ${cover}.` : `Leaf: says ${said}, cover ${cover}.`;
  }

  #show(node, button, said) {
    this.shown?.classList.remove("looked");
    this.shown = button;
    button?.classList.add("looked");
    setText(this.detail, node ? this.#words(node, said) : HINT);
    this.actions.node(node && { corners: node.corners, leaves: new Set(leavesBelow(this.nodes, node)) });
  }

  #path(path) {
    const key = path.join();
    if (key === this.pathKey && this.pathOf === this.nodes) return;
    Object.assign(this, { pathKey: key, pathOf: this.nodes });
    this.nodes.forEach((node) => node.button.classList.toggle("on-path", path.includes(node.index)));
    const heights = path.map((index) => this.nodes[index].y);
    if (heights.length) this.scroller.scrollTop = (Math.min(...heights) + Math.max(...heights) - this.scroller.clientHeight) / 2;
  }

  /** Left to the parent, right to the first child, up and down to the neighbors. */
  #key(event) {
    const at = this.nodes.findIndex((node) => node.button === event.composedPath()[0]);
    if (at < 0) return;
    const node = this.nodes[at];
    const down = [...this.nodes].sort((a, b) => a.y - b.y || a.x - b.x);
    const step = (way) => down[Math.min(Math.max(down.indexOf(node) + way, 0), down.length - 1)];
    const next = {
      ArrowLeft: () => this.nodes[node.parent] ?? node, ArrowRight: () => this.nodes[node.children?.[0]] ?? node,
      ArrowUp: () => step(-1), ArrowDown: () => step(1), Home: () => this.nodes[0],
    }[event.key]?.();
    if (!next) return;
    event.preventDefault();
    for (const other of this.nodes) other.button.tabIndex = other === next ? 0 : -1;
    next.button.focus();
  }
}

/** The frame's arrays as nodes with level, parent and children. */
function readNodes(frame) {
  const nodes = Array.from(frame.tree_feature, (feature, index) => ({
    index, feature, level: 0, parent: -1,
    threshold: frame.tree_threshold[index], value: frame.tree_value[index], gain: frame.tree_gain[index], cover: frame.tree_cover[index],
    children: feature < 0 ? null : [frame.tree_left[index], frame.tree_left[index] + 1],
    corners: frame.tree_corners.subarray(2 * frame.tree_corners_from[index], 2 * frame.tree_corners_from[index + 1]),
  }));
  for (const node of nodes) {
    for (const child of node.children ?? []) Object.assign(nodes[child], { level: node.level + 1, parent: node.index });
  }
  return nodes;
}

function leavesBelow(nodes, node) {
  return node.children ? node.children.flatMap((child) => leavesBelow(nodes, nodes[child])) : [node.index];
}

function curve(from, to, width) {
  const [x0, x1] = [from.x + width, to.x];
  const middle = (x0 + x1) / 2;
  return `M${x0} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${x1} ${to.y}`;
}
