/** Changes by hand on the shown sequence, and the output distribution at one place beside the original. */

import { placeName } from "./cells.js";
import { Distribution } from "./distribution.js";
import { element, quietly, setOptions, setText } from "./element.js";
import { percent, probability } from "./format.js";
import { Slider } from "./slider.js";

export const MAX_FLIPS = 64; // no more than the link holds
export const ALL_FLIPPED = `No more than ${MAX_FLIPS} cells can be changed. Press a changed one to turn it back.`;
export const LAST_OF_ROW = "A token must see at least one token: the last cell of a row stays open.";
const PLAIN = { flips: [], swap: null, softmax_temperature: 1 };

export class Changes {
  /** @param {{probe: (change: Object) => void, headsOn: () => void, opened: (on: boolean) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.temperature = new Slider({ name: "Softmax temperature", low: 0.1, high: 10, log: true, text: (value) => value.toFixed(2),
      tip: "Every head's scores are divided by it before softmax. Low makes heads look at one token, high at all alike.",
      take: (value) => actions.probe({ softmax_temperature: Math.abs(value - 1) < 0.03 ? 1 : Number(value.toPrecision(3)) }) });
    const take = () => this.#swap();
    const tip = "Two tokens of the input change places. Watch which answers follow them.";
    this.first = element("select", { "aria-label": "Swap this token", "data-tip": tip, on: { change: take } });
    this.second = element("select", { "aria-label": "with this token", "data-tip": tip, on: { change: take } });
    this.warning = ""; // why the last press changed nothing
    this.flips = element("span", { class: "changes-hint", role: "status" });
    this.undo = element("button", { type: "button", class: "quiet-button bordered", text: "Undo all changes", on: { click: () => this.#undo() } });
    this.place = element("select", { "aria-label": "Place", "data-tip": "The place whose output is shown below. Pressing a token in the table above chooses it too.",
      on: { change: () => actions.probe({ place: Number(this.place.value) }) } });
    this.verdict = element("p", { class: "changes-verdict", "aria-live": "polite" });
    this.distribution = new Distribution("Output with and without the changes", ["with your changes", "as it is"]);
    this.element = element("div", { class: "bench-part" },
      element("div", { class: "bench-controls" }, this.temperature.element,
        element("label", { class: "slider" }, element("span", { text: "Swap" }), this.first, element("span", { text: "with" }), this.second),
        element("label", { class: "slider" }, element("span", { text: "Output at" }), this.place), this.undo),
      this.flips, this.verdict, this.distribution.element);
  }

  open(on) {
    this.actions.opened(on);
  }

  scene(scene) {
    this.half = null; // another model may not have that place
    this.distribution.scene(scene);
  }

  /** @param {Object} wanted the probe of now: controls show it before the frame that it makes has come */
  frame(frame, wanted) {
    if (this.element.hidden || !frame.place_proba) return;
    this.wanted = wanted;
    const places = frame.tokens.map((_, k) => placeName(frame.tokens, k));
    const [first, second] = wanted.swap ?? this.half ?? [-1, -1];
    setOptions(this.first, ["nothing", ...places], first + 1);
    setOptions(this.second, ["nothing", ...places], second + 1);
    setOptions(this.place, places, wanted.place ?? frame.place);
    this.temperature.set(wanted.softmax_temperature ?? 1);
    this.undo.disabled = !frame.edited;
    const n = frame.flips.length;
    const how = wanted.lines || (wanted.joined ?? "head") !== "head"
      ? "Choose “Map” and “This head” to change its cells."
      : "Press a cell of the large map (arrow keys and Enter) to hide that token from the one that looks, or to show it.";
    const done = n ? `${n} ${n === 1 ? "cell" : "cells"} changed.` : how;
    setText(this.flips, this.warning ? `⚠ ${this.warning}` : `Mask: ${done} Heads: ${frame.off.length ? `${frame.off.length} off.` : "all on."}`);
    this.#verdict(frame);
  }

  #verdict(frame) {
    const { place, said, said_intact: intact, said_proba: proba, said_intact_proba: before } = frame;
    const as = `${intact[place]} with ${percent(before[place])}`;
    quietly(this.verdict, frame);
    setText(this.verdict, frame.edited
      ? `At ${placeName(frame.tokens, place)} the model says ${said[place]} with ${percent(proba[place])}; as it is, it says ${as}. ${percent(frame.moved[place])} of the probability has moved.`
      : `At ${placeName(frame.tokens, place)} the model says ${as}. Change something and watch the bars.`);
    this.distribution.draw(frame.place_proba, frame.place_intact, {
      tip: (k) => `With your changes ${probability(frame.place_proba[k])}, as it is ${probability(frame.place_intact[k])}` });
  }

  #swap() {
    const [first, second] = [Number(this.first.value) - 1, Number(this.second.value) - 1];
    const swap = first >= 0 && second >= 0 && first !== second ? [first, second] : null;
    this.half = swap ? null : [first, second]; // one of two is chosen
    if (swap || this.wanted.swap) this.actions.probe({ swap });
  }

  #undo() {
    this.half = null;
    this.actions.probe(PLAIN);
    this.actions.headsOn();
  }
}
