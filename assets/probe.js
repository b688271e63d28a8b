/** What the learner tries on the shown model: an input of their own, and heads switched off. Never changes the run. */

import { element, setText } from "./element.js";

const MAX_TEXT = 200; // characters that travel; a model reads far fewer
const SHOWN_CUT = 20;

export class Probe {
  /** @param {(change: Object) => void} look */
  constructor(look) {
    this.look = look;
    this.note = "";
    this.input = element("input", { type: "text", class: "probe-text", autocomplete: "off", spellcheck: "false",
      "aria-label": "Your own input", "data-tip": "Type a sequence: the maps and the answer are this model's own. Empty shows a test sequence.",
      on: { input: () => this.#typed() } });
    this.problem = element("span", { class: "probe-problem", role: "status" });
    this.all = element("button", { type: "button", class: "quiet-button", text: "All heads on", hidden: true, on: { click: () => this.look({ off: [] }) } });
    this.element = element("div", { class: "probe" }, element("label", { class: "probe-label" }, element("span", { text: "Your input" }), this.input), this.all, this.problem);
  }

  /** Another task reads other letters: an input of the one before is forgotten. */
  scene(scene) {
    if (this.rule && scene.rule !== this.rule && this.input.value) {
      this.input.value = "";
      this.look({ text: "" });
    }
    if (scene.rule !== this.rule) this.touched = false;
    this.rule = scene.rule;
    this.fromEnd = Boolean(scene.baselines); // of a text the model reads the end
  }

  #typed() {
    this.touched = true;
    this.note = "";
    this.look({ text: this.#text() });
  }

  /** What travels of the input. */
  #text() {
    const text = this.input.value;
    const kept = this.fromEnd ? text.slice(-MAX_TEXT) : text.trim().slice(0, MAX_TEXT);
    return kept.toWellFormed(); // a character may be cut in half
  }

  /** Shows an input that came with the link. @param {number} n places of the sequence, if the link tried something beyond them */
  show(text, n = 0) {
    this.input.value = text;
    this.note = n ? `Changes of the link beyond place ${n} are left out: the shown sequence ends there.` : "";
  }

  frame(frame) {
    if (this.input.placeholder !== frame.source) this.input.placeholder = frame.source;
    this.all.hidden = frame.off.length === 0;
    const blank = !(this.fromEnd ? this.input.value : this.input.value.trim()); // of a text blanks are read, too
    const said = !blank ? sentenceOf(frame.own_text_problem) || cutOf(frame.own_text_cut, frame.own_text_kept, this.fromEnd) : this.#emptied();
    setText(this.problem, said || this.note);
  }

  /** Who has emptied the box is told what is shown instead; an untouched one needs no word. */
  #emptied() {
    return this.touched || this.input.value ? "The box is empty: this is a test sequence." : "";
  }
}

/** Says what was left off an input that is too long, never silently. */
function cutOf(cut, kept, fromEnd) {
  if (!cut) return "";
  if (fromEnd) return `The model reads only the last ${kept.length} characters: “${kept}”.`;
  const shown = cut.slice(0, SHOWN_CUT) + (cut.length > SHOWN_CUT ? "…" : "");
  return `Cut after ${kept.length} characters, for the model reads no more: left off “${shown}”.`;
}

function sentenceOf(text) {
  return text ? `${text[0].toUpperCase()}${text.slice(1)}.` : "";
}
