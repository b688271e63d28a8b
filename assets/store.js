/**
 * What the server sent, merged: frames may leave arrays out (then the ones before still hold), and a frame that was
 * overtaken before it could be painted still counts for what it brought.
 *
 * A new scene waits for the first frame of its run, so that the picture never goes blank in between.
 */

import { Record } from "./record.js";

/** @typedef {{scene: Object, frame: Object|null, record: Record}} Run one run as the views see it */

export class Store {
  constructor() {
    /** @type {Run|null} */
    this.current = null;
    /** @type {Run|null} */
    this.next = null;
    /** @type {number|null} */
    this.unpainted = null; // id of the newest frame that arrived since the last paint
  }

  /** Takes a message; true when there is something new to paint. */
  take(message) {
    if (message.type === "scene") this.next = { scene: message, frame: null, record: new Record() };
    if (message.type !== "frame") return false;
    this.unpainted = message.id;
    const run = this.next ?? this.current;
    if (!run || message.run !== run.scene.run) return true; // a straggler of the run before: only acknowledged
    mergeFrame(run, message);
    return true;
  }

  /** Moves on to the next run when it has a frame. Returns the run before if a move happened, else undefined. */
  turn() {
    if (!this.next?.frame) return undefined;
    const before = this.current;
    this.current = this.next;
    this.next = null;
    return before;
  }
}

function mergeFrame(run, message) {
  const { history, history_columns: names, history_from: from } = message;
  if (names) run.record.write(names, from ?? 0, history ?? new Float64Array(0));
  delete message.history;
  run.frame = Object.assign(run.frame ?? {}, message);
}
