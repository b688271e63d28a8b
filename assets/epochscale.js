/** Where an epoch stands between the left and right end of curves and timeline; both use the same one. */

const FEWEST_EPOCHS = 10; // the axis is never shorter
const LONGEST_BESIDE = 5; // times as long as its own run the axis may be for the run before: else the own one were too small to see

export class EpochScale {
  /** @param {import("./shows.js").Shows} shows */
  constructor(shows) {
    this.shows = shows;
    this.last = FEWEST_EPOCHS;
    this.before = 0;
  }

  /** @param {number} epoch where the run before ended, which is drawn beside; 0 without one */
  leaveRoom(epoch) {
    this.before = epoch;
  }

  get log() {
    return this.shows.has("log_epochs");
  }

  /** @param {number} head the newest epoch */
  reach(head) {
    const own = Math.max(FEWEST_EPOCHS, head);
    this.last = Math.max(own, Math.min(this.before, LONGEST_BESIDE * own));
  }

  /** 0 at epoch 0, 1 at the last one. */
  share(epoch) {
    return this.log ? Math.log1p(epoch) / Math.log1p(this.last) : epoch / this.last;
  }

  /** The epoch at a share, rounded. */
  epoch(share) {
    const inside = Math.min(Math.max(share, 0), 1);
    return Math.round(this.log ? Math.expm1(inside * Math.log1p(this.last)) : inside * this.last);
  }

  /** Epochs worth a label. */
  ticks(about, ticks) {
    if (!this.log) return ticks(0, this.last, about);
    const powers = [];
    for (let power = 1; power <= this.last; power *= 10) powers.push(power);
    const steps = powers.length * 3 <= about ? [1, 2, 5] : [1];
    const marks = [
      0,
      ...powers.flatMap((power) => steps.map((step) => step * power)).filter((mark) => mark <= this.last),
    ];
    const stride = Math.ceil(marks.length / about);
    return marks.filter((_, k) => (marks.length - 1 - k) % stride === 0 || k === 0);
  }
}
