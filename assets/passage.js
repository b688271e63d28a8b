/** What a model of text writes after the passage it was given, and how its loss stands against simple guesses. */

import { element, setText } from "./element.js";
import { number } from "./format.js";

export class Passage {
  constructor() {
    this.name = element("span", { class: "passage-name", text: "It writes: " });
    this.given = element("span", { class: "passage-given" });
    this.written = element("b", { class: "passage-written" });
    this.facts = element("p", { class: "passage-facts" });
    const tip = "Each character is drawn from what the model says, likelier ones more often. The same luck at every step, so only the model changes.";
    this.element = element("section", { class: "passage", "aria-label": "What the model writes", hidden: true },
      element("p", { class: "passage-text", "data-tip": tip }, this.name, this.given, this.written), this.facts);
  }

  /** Hidden where the run reads no text. */
  scene({ baselines }) {
    this.baselines = baselines;
    this.element.hidden = !baselines;
  }

  frame(frame) {
    if (!this.baselines || frame.passage_given === undefined) return;
    const { passage_given: given, passage_written: written } = frame;
    const { off, flips, softmax_temperature: temperature } = frame;
    const of = JSON.stringify([frame.run, frame.step, given, off, flips, temperature]); // what is written belongs to these
    setText(this.name, frame.edited ? "With your changes it writes: " : "It writes: ");
    setText(this.given, given.replaceAll("\n", "¶ "));
    if (written) setText(this.written, written.replaceAll("\n", "¶ "));
    else if (of !== this.of) setText(this.written, "…"); // the next frame has it
    this.of = of;
    const { nothing, letters, pairs } = this.baselines;
    setText(this.facts, `Test loss ${number(frame.test_loss)} nats a character, that is ${number(frame.test_bits)} bits. `
      + `Who knows nothing has ${number(nothing)} nats, who knows how frequent each letter is ${number(letters)}, each pair of letters ${number(pairs)}.`);
  }
}
