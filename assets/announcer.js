/** The polite sentence for screen readers: at once when the status changes, else at most every five seconds. */

import { element, setText } from "./element.js";
import { count, loss, percent } from "./format.js";
import { Pace } from "./pace.js";

const INTERVAL_MS = 5000;
const STEADY = 0.01; // a change below 1% is no trend

const BEGINNINGS = {
  ready: "Ready.",
  playing: "Playing.",
  paused: "Paused.",
  finished: "Finished.",
  failed: "Stopped.",
};

export class Announcer {
  constructor() {
    this.element = element("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
    this.pace = new Pace(INTERVAL_MS);
    this.status = null;
    this.run = null;
  }

  frame(frame, record, now) {
    const turned = frame.status !== this.status;
    const changed = turned || frame.run !== this.run;
    const moved = frame.step !== this.step || frame.train_loss !== this.loss; // an edit by hand makes no step
    if (!changed && !moved) return;
    if (frame.closer === false && frame.status !== "playing") return; // numbers of more images follow at once
    if (!turned && frame.status === "playing" && !this.pace.due(now)) return; // a new run of one who plays waits its turn, too
    if (turned) this.pace.due(now);
    const beginning = changed ? frame.reason || (BEGINNINGS[frame.status] ?? "") : ""; // a reason begins with how it stands
    Object.assign(this, { status: frame.status, run: frame.run, step: frame.step, loss: frame.train_loss });
    this.say(`${beginning} ${frame.summary ?? describe(frame, record)}`.trim());
  }

  say(text) {
    setText(this.element, text);
  }
}

/** "Epoch 120. Training loss 0.030, falling; test loss 0.450, rising. Accuracy 87%." */
function describe(frame, record) {
  const row = record.rowOf(frame.epoch);
  const losses = `Training loss ${loss(frame.train_loss)}${trend(record, "train_loss", row)}`;
  const test = `test loss ${loss(frame.test_loss)}${trend(record, "test_loss", row)}`;
  const known = frame.test_accuracy ?? null;
  return `Epoch ${count(frame.epoch)}. ${losses}; ${test}.${known === null ? "" : ` Test accuracy ${percent(known)}.`}`;
}

function trend(record, name, row) {
  const now = record.at(name, row);
  const before = record.at(name, Math.floor(row * 0.9) - 1);
  if (!(before > 0)) return "";
  if (Math.abs(now - before) <= STEADY * before) return ", steady";
  return now < before ? ", falling" : ", rising";
}
