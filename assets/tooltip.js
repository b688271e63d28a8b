/**
 * One tooltip for the whole view: it opens over whatever has a `data-tip`, on hover and on keyboard focus, stays while
 * the pointer is on it, and Escape closes it.
 */

import { element, setText } from "./element.js";

const WAIT_MS = 350;
const LEAVE_MS = 120;
const GAP_PX = 8;

export class Tooltip {
  constructor(root) {
    this.root = root;
    this.box = element("div", { class: "tooltip", role: "tooltip", id: "live-tooltip", hidden: true });
    root.append(this.box);
    root.addEventListener("pointermove", (event) => event.pointerType !== "touch" && this.#pass(event.target));
    root.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && this.#aim(event.target, 0));
    root.addEventListener("focusout", () => this.#leave(0));
    root.addEventListener("pointerleave", () => this.#pass(root));
    root.addEventListener("pointerdown", (event) => this.#mute(event.target));
    root.addEventListener("keydown", () => this.#leave(0), { capture: true }); // before a key moves the focus to another tip
    root.addEventListener("wheel", () => this.#leave(0), { passive: true });
  }

  /** The pointer moves onto something; a page that scrolls under a pointer at rest does not count. */
  #pass(target) {
    if (target === this.under) return;
    this.under = target;
    this.#aim(target, WAIT_MS);
  }

  #aim(target, wait) {
    if (this.box.contains(target)) return clearTimeout(this.timer);
    const owner = target.closest("[data-tip]");
    if (owner !== this.muted) this.muted = null;
    else if (owner) return;
    if (owner === this.owner) return owner && clearTimeout(this.timer);
    clearTimeout(this.timer);
    if (this.owner) this.timer = setTimeout(() => this.#close(owner, wait), LEAVE_MS);
    else if (owner) this.timer = setTimeout(() => this.#open(owner), wait);
  }

  /** Whoever presses a control knows it: its tip stays away until the pointer has been elsewhere. */
  #mute(target) {
    this.muted = target.closest("[data-tip]");
    this.#leave(0);
  }

  #leave(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#close(null), wait);
  }

  #close(next, wait = 0) {
    this.owner?.removeAttribute("aria-describedby");
    this.owner = null;
    this.box.hidden = true;
    if (next) this.timer = setTimeout(() => this.#open(next), wait);
  }

  #open(owner) {
    if (!owner.isConnected) return;
    this.owner = owner;
    owner.setAttribute("aria-describedby", this.box.id);
    setText(this.box, owner.dataset.tip);
    this.box.hidden = false;
    this.#place(owner.getBoundingClientRect(), this.root.getBoundingClientRect());
  }

  #place(target, frame) {
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const middle = target.left - frame.left + target.width / 2 - width / 2;
    const below = target.bottom - frame.top + GAP_PX;
    const fits = target.bottom + GAP_PX + height < window.innerHeight;
    this.box.style.left = `${Math.max(4, Math.min(middle, frame.width - width - 4))}px`;
    this.box.style.top = `${fits ? below : target.top - frame.top - GAP_PX - height}px`;
  }
}
