/** Says when something that costs much is due again. */
export class Pace {
  constructor(intervalMs) {
    this.intervalMs = intervalMs;
    this.last = -Infinity;
  }

  /** True at most once an interval; `now` is a time in milliseconds. */
  due(now) {
    if (now - this.last < this.intervalMs) return false;
    this.last = now;
    return true;
  }

  /** Makes the next question answer true. */
  reset() {
    this.last = -Infinity;
  }
}

/**
 * Calls `send` with the newest value: at once when it was quiet, else when the interval is over. The last value is
 * never lost.
 */
export class Throttle {
  constructor(intervalMs, send) {
    Object.assign(this, { intervalMs, send });
    this.timer = null;
    this.waiting = false;
  }

  push(value) {
    this.value = value;
    if (this.timer !== null) this.waiting = true;
    else this.#fire();
  }

  cancel() {
    clearTimeout(this.timer);
    this.timer = null;
    this.waiting = false;
  }

  #fire() {
    this.waiting = false;
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.waiting) this.#fire();
    }, this.intervalMs);
    this.send(this.value);
  }
}
