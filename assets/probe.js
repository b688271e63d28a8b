/** What the learner tries on the shown model: an input of their own, and heads switched off. Never changes the run. */

import { element, setText } from "./element.js";

const MAX_TEXT = 200;

export class Probe {
  /** @param {(change: Object) => void} look */
  constructor(look) {
    this.look = look;
    this.input = element("input", { type: "text", class: "probe-text", maxlength: MAX_TEXT, autocomplete: "off", spellcheck: "false",
      "aria-label": "Your own input", "data-tip": "Type a sequence: the maps and the answer are this model's own. Empty shows a test sequence.",
      on: { input: () => this.look({ text: this.input.value }) } });
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
    this.rule = scene.rule;
  }

  frame(frame) {
    if (this.input.placeholder !== frame.source) this.input.placeholder = frame.source;
    this.all.hidden = frame.off.length === 0;
    setText(this.problem, this.input.value ? sentenceOf(frame.own_text_problem) : "");
  }
}

function sentenceOf(text) {
  return text ? `${text[0].toUpperCase()}${text.slice(1)}.` : "";
}
