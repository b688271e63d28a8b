/** A past moment may have to be computed again: until it comes, the view says so and dims the moment it still shows. */

const PATIENCE_MS = 250; // what comes sooner needs no word: nothing flickers
const LEAVES = new Set(["play", "pause", "step", "step_batch", "rewind", "branch", "head", "unedit"]);

export class Seeking {
  /** @param {(wanted: {epoch?: number, step?: number}|null) => void} say the moment waited for; null when it is there */
  constructor(say) {
    this.say = say;
    this.wanted = null;
  }

  /** Hears every message of the viewer. */
  sends(message) {
    if (LEAVES.has(message.type)) this.end();
    if (message.type !== "seek") return;
    this.wanted = message;
    if (this.shown) this.#show();
    else this.#wait();
  }

  /** Returns whether another moment than this frame's is waited for. @param {boolean} arrived whether it is a new frame */
  frame(frame, arrived) {
    if (!this.wanted) return false;
    if (frame.status === "playing" || this.#isThere(frame)) this.end();
    else if (arrived) this.#again(); // a place passed on the way
    return this.wanted !== null;
  }

  /** What is not past shows the newest moment. */
  #isThere({ epoch, step, head_epoch: head, scrubbed }) {
    const { wanted } = this;
    return wanted.step === undefined ? epoch === Math.min(wanted.epoch, head) : step === wanted.step || !scrubbed;
  }

  end() {
    clearTimeout(this.timer);
    this.timer = this.wanted = null;
    if (this.shown) this.say(null);
    this.shown = false;
  }

  #wait() {
    this.timer ??= setTimeout(() => this.#show(), PATIENCE_MS);
  }

  #again() {
    if (this.shown) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.#wait();
  }

  #show() {
    this.shown = true;
    this.say(this.wanted);
  }
}
