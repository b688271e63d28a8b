/** The place where a page's view stands: its element, its size, its theme, and what it may ask for. */

import { element } from "./element.js";
import { Shows } from "./shows.js";

const SMALLEST_HEIGHT_PX = 520;
const BOTTOM_GAP_PX = 8;
const TEXT_PX = 14;
const PROJECTED_TEXT_SHARE = 0.026; // of the height: `--size` in live.css

export class Stage {
  /** @param {{send: Function, keep: Function, choose: Function, repaint: Function}} actions */
  constructor(actions) {
    Object.assign(this, actions);
    this.element = element("div", { class: "stage" });
    this.theme = null;
    this.shows = new Shows((words) => this.choose({ boxes: words }));
    this.onLayout = () => {};
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.size = "";
  }

  get reducedMotion() {
    return this.reduced.matches;
  }

  get projector() {
    return this.root?.dataset.profile === "projector";
  }

  /** How many times larger than usual everything is drawn: text takes its share of the screen's height. */
  get scale() {
    return this.projector ? Math.max(1, (innerHeight * PROJECTED_TEXT_SHARE) / TEXT_PX) : 1;
  }

  /** How many times thicker lines are. */
  get thick() {
    return this.projector ? 2 : 1;
  }

  /** Follows the width of `root` and the height of the window. */
  watch(root, bar) {
    this.root = root;
    this.bar = bar;
    this.onResize = () => this.measure();
    this.observer = new ResizeObserver(this.onResize);
    this.observer.observe(root);
    this.observer.observe(bar);
    addEventListener("resize", this.onResize);
  }

  release() {
    this.observer.disconnect();
    removeEventListener("resize", this.onResize);
  }

  /** Tells the view how much room it has; the same room is told once, unless its style has changed. */
  measure(restyled = false) {
    this.root.style.setProperty("--live-sticky-top", `${pageHeaderHeight()}px`);
    this.root.style.setProperty("--bar", `${this.bar.offsetHeight}px`);
    const width = Math.floor(this.root.getBoundingClientRect().width); // `clientWidth` rounds up, and a row of that wraps
    const room = window.innerHeight - topOffset(this.root) - BOTTOM_GAP_PX;
    const height = Math.max(SMALLEST_HEIGHT_PX, Math.floor(room)) - this.bar.offsetHeight;
    const size = `${width} ${height} ${this.root.dataset.profile} ${devicePixelRatio}`;
    if (width >= 1 && size === this.size && !restyled) return;
    this.size = width < 1 ? "" : size;
    if (!this.size) return; // taken from the page: it is laid out anew where it stands again
    this.root.classList.toggle("narrow", width < 760);
    this.onLayout({ width, height });
    this.repaint();
  }
}

/** What Streamlit's own header covers of the page's upper edge: the transport bar sticks below it. */
function pageHeaderHeight() {
  return document.querySelector('[data-testid="stHeader"]')?.offsetHeight ?? 0;
}

/** How far below the window's top the root begins when the page is scrolled to its beginning. */
function topOffset(root) {
  let top = root.getBoundingClientRect().top;
  for (let node = root; node; node = node.parentElement ?? node.getRootNode().host)
    top += node === root ? 0 : node.scrollTop;
  return Math.max(0, top);
}
