/** Luck or skill: starts the repetitions, shows how far they are, and ends them. */

import { element, setText } from "./element.js";

const TIP = "Repeats everything with other seeds: other points, another split, another start. Watch whether the winner stays the winner.";

export class StudyBar {
  /** @param {(message: Object) => void} send */
  constructor(send) {
    this.start = element("button", { type: "button", class: "study-button", "data-tip": TIP, on: { click: () => send({ type: "study", name: "luck" }) } }, element("span", { text: "Luck or skill" }));
    this.cancel = element("button", { type: "button", class: "quiet-button", text: "Cancel", hidden: true, on: { click: () => send({ type: "study", name: "luck", end: true }) } });
    this.progress = element("progress", { max: 1, value: 0, hidden: true, "aria-label": "Repetitions done" });
    this.text = element("span", { class: "study-text", role: "status" });
    this.element = element("div", { class: "study-bar" }, this.start, this.progress, this.text, this.cancel);
  }

  frame({ study }) {
    const busy = Boolean(study?.busy);
    const focused = this.element.getRootNode().activeElement;
    this.progress.hidden = this.cancel.hidden = !busy;
    this.start.hidden = busy;
    if (busy && focused === this.start) this.cancel.focus(); // who pressed by keyboard stays at the place
    else if (!busy && focused === this.cancel) this.start.focus();
    if (busy) {
      this.progress.max = study.of;
      this.progress.value = study.done;
    }
    setText(this.text, study?.text ?? "");
  }
}
