/** The timeline under the curves: a slider over all epochs of the run, and where epochs have steps, one step to and fro. */

import { element, setAttribute } from "./element.js";
import { count } from "./format.js";
import { Throttle } from "./pace.js";
import { EPOCHS } from "./words.js";

const SEEK_INTERVAL_MS = 70;
const PATIENCE_MS = 800; // until the wanted epoch has been asked for
const BIG_STEP = 0.1;

export class Timeline {
  /**
   * @param {(epoch: number) => void} seek @param {import("./epochscale.js").EpochScale} epochs
   * @param {((step: number) => void)|null} seekStep where a run has moments between two epochs
   */
  constructor(seek, epochs, seekStep = null) {
    this.epochs = epochs;
    this.throttle = new Throttle(SEEK_INTERVAL_MS, seek);
    this.thumb = element("div", { class: "timeline-thumb" });
    this.fill = element("div", { class: "timeline-fill" });
    this.track = element("div", { class: "timeline-track" }, this.fill, this.thumb);
    this.slider = element(
      "div",
      { class: "timeline-slider", role: "slider", tabindex: "0", "aria-label": "Timeline", "aria-valuemin": "0" },
      this.track,
    );
    const button = (text, name, by) =>
      element("button", { type: "button", class: "timeline-step", text, "aria-label": name, "data-tip": `${name}: one batch. Watch how little changes.`, on: { click: () => seekStep((this.step += by)) } });
    this.back = button("‹", "One step back", -1);
    this.on = button("›", "One step on", 1);
    this.element = element("div", { class: "timeline" }, this.slider, ...(seekStep ? [this.back, this.on] : []));
    this.head = 0;
    this.epoch = 0;
    this.wanted = null;
    this.count(EPOCHS);
    this.#listen();
  }

  /** @param {import("./words.js").Words} words for what the run counts */
  count(words) {
    this.words = words;
    this.slider.dataset.tip = `Drag or use the arrow keys to see ${words.past}. Then “Branch from here” goes on from there.`;
  }

  /** @param {[number, number]} span left and right end of the curves' axis in px, @param {number} width */
  layout([left, right], width) {
    this.track.style.marginLeft = `${left}px`;
    this.track.style.marginRight = `${width - right}px`;
  }

  /** Marks moments on the track. @param {{epoch: number, text: string}[]} moments */
  mark(moments) {
    const key = JSON.stringify(moments);
    if (key !== this.markedKey) {
      this.marks?.forEach((mark) => mark.remove());
      this.marks = moments.map(({ text }) => element("i", { class: "timeline-mark", "data-tip": text }));
      this.track.prepend(...this.marks);
      this.markedKey = key;
    }
    moments.forEach(({ epoch }, k) => (this.marks[k].style.left = `${(100 * this.epochs.share(epoch)).toFixed(2)}%`));
  }

  frame(frame) {
    this.head = frame.head_epoch;
    this.step = frame.step;
    this.back.disabled = !frame.step;
    this.on.disabled = !frame.scrubbed;
    this.epochs.reach(this.head);
    if (!this.#waits(frame)) this.#show(frame.epoch);
    setAttribute(this.slider, "aria-valuemax", this.head);
  }

  /** Frames of places passed on the way must not pull the thumb back. */
  #waits(frame) {
    if (this.dragging) return true;
    if (this.wanted === frame.epoch || (performance.now() > this.patienceEnds && !frame.waits) || frame.status === "playing")
      this.wanted = null;
    return this.wanted !== null;
  }

  #show(epoch) {
    this.epoch = epoch;
    const share = this.epochs.share(Math.min(epoch, this.head));
    if (share !== this.share) {
      this.share = share;
      this.thumb.style.left = this.fill.style.width = `${(100 * share).toFixed(2)}%`;
    }
    setAttribute(this.slider, "aria-valuenow", epoch);
    setAttribute(this.slider, "aria-valuetext", `${this.words.at(epoch)} of ${count(this.head)}`);
  }

  #seek(epoch) {
    const inside = Math.round(Math.min(Math.max(epoch, 0), this.head));
    if (inside === this.epoch) return;
    this.#show(inside);
    this.wanted = inside;
    this.patienceEnds = performance.now() + PATIENCE_MS;
    this.throttle.push(inside);
  }

  #at(event) {
    const box = this.track.getBoundingClientRect();
    return this.epochs.epoch((event.clientX - box.left) / box.width);
  }

  #listen() {
    const { slider: node } = this;
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      node.setPointerCapture(event.pointerId);
      this.dragging = true;
      this.#seek(this.#at(event));
    });
    node.addEventListener("pointermove", (event) => this.dragging && this.#seek(this.#at(event)));
    node.addEventListener("pointerup", () => (this.dragging = false));
    node.addEventListener("pointercancel", () => (this.dragging = false));
    node.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    const step = event.shiftKey ? 10 : 1;
    const big = Math.max(1, Math.round(this.head * BIG_STEP));
    const target = {
      ArrowLeft: this.epoch - step,
      ArrowDown: this.epoch - step,
      ArrowRight: this.epoch + step,
      ArrowUp: this.epoch + step,
      PageDown: this.epoch - big,
      PageUp: this.epoch + big,
      Home: 0,
      End: this.head,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.#seek(target);
  }
}
