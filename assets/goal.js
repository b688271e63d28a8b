/** The question of a preset: asked before Play, answered by the run, the prediction beside what was measured. */

import { element, setAttribute, setText } from "./element.js";
import { recall, remember } from "./tabtoken.js";
import { EPOCHS } from "./words.js";

const MOST = 100_000; // epochs that can be predicted
const TIP = "Say it before you press Play: surprise teaches most.";
const SKIP_TIP = "Goes on without a prediction. So does another press of Play.";

export class Goal {
  /** @param {import("./stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.words = EPOCHS;
    this.question = element("b", { id: "goal-question" });
    this.answers = element("span", { class: "goal-answers", role: "group", "aria-labelledby": "goal-question" });
    this.said = element("span", { class: "goal-said" });
    this.check = element("span", { class: "goal-check" });
    this.element = element(
      "aside",
      { class: "goal", "aria-label": "Question", tabindex: "-1", hidden: true },
      element("p", {}, this.question),
      element("div", { class: "goal-row" }, this.answers, this.said),
      element("p", {}, this.check),
    );
  }

  /** @param {import("./words.js").Words} words for what the run counts */
  count(words) {
    this.words = words;
  }

  /** Returns whether its height has changed, so that what stands below needs another one. */
  frame({ goal, step, status, scrubbed }) {
    const told = Boolean(goal?.prediction || this.given) || goal?.state !== "open"; // else a few steps by hand give nothing away
    const begun = status === "playing" || Boolean(scrubbed) || (step > 0 && told);
    const key = goal && JSON.stringify([goal, begun]);
    if (key === this.key) return false;
    const before = this.element.offsetHeight;
    this.key = key;
    this.element.hidden = !goal;
    this.begun = begun;
    if (goal) this.#write(goal);
    return this.element.offsetHeight !== before;
  }

  /** Play asks first: true when the question takes the focus instead. The next press goes ahead without an answer. */
  asks() {
    if (!this.open || this.prediction) return false;
    if (this.waiting) this.skipped = this.asked;
    this.waiting = !this.waiting;
    this.element.classList.toggle("asking", this.waiting);
    setText(this.said, this.waiting ? "Your guess first, then it plays." : "");
    if (this.waiting) {
      (this.input ?? this.element).focus({ preventScroll: true });
      this.element.scrollIntoView({ block: "nearest" }); // on a phone it stands below the map
    }
    return this.waiting;
  }

  get open() {
    return Boolean(this.key) && !this.begun && this.skipped !== this.asked;
  }

  #write(goal) {
    if (goal.question !== this.asked) {
      this.#ask(goal);
      if (!goal.prediction) this.#recall(goal.question);
    }
    this.prediction = goal.prediction || this.given;
    setText(this.question, goal.question);
    setText(this.check, `${{ done: "✓", missed: "✗" }[goal.state] ?? "○"} ${goal.check}: ${this.#outcome(goal)}`);
    setText(this.said, this.#said(goal));
    this.check.classList.toggle("done", goal.state === "done");
    this.#offer();
  }

  #outcome({ state, done_epoch: epoch, within }) {
    if (state === "done") return `done at ${this.words.at(epoch)}`;
    return { missed: `not by ${this.words.at(within)}`, void: "does not count with these choices" }[state] ?? "not yet";
  }

  #said({ outcome, verdict }) {
    if (outcome && this.prediction) return `You predicted: ${this.prediction}. Measured: ${outcome}. ${verdict}`;
    if (outcome) return `Measured: ${outcome}.`;
    return this.prediction ? `You predicted: ${this.prediction}.` : this.open ? "" : "No prediction was made.";
  }

  /** A prediction that was made before a reload is not asked for again. */
  #recall(question) {
    this.given = this.stage.root.classList.contains("watches") ? "" : recall(question);
    if (this.given) this.stage.choose({ predict: this.given });
  }

  /** Another question: buttons for its answers, or a field for a number. */
  #ask({ question, answers }) {
    Object.assign(this, { asked: question, given: "", waiting: false, input: null, skipped: null });
    this.buttons = answers.map((text) => this.#button(text, TIP, () => this.#answer(text)));
    const skip = this.#button("Skip", SKIP_TIP, () => this.#skip());
    this.answers.replaceChildren(...(answers.length ? this.buttons : this.#numberField(question)), skip);
    skip.classList.add("quiet-button");
    this.element.classList.remove("asking");
  }

  #numberField(question) {
    const answer = () => this.input.value && this.input.checkValidity() && this.#answer(String(Number(this.input.value)));
    this.input = element("input", {
      class: "goal-number", type: "number", min: "0", max: String(MOST), step: "1", placeholder: "your guess",
      "aria-label": question, on: { keydown: (event) => event.key === "Enter" && answer() },
    });
    return [this.input, this.#button("Predict", TIP, answer)];
  }

  #button(text, tip, click) {
    return element("button", { type: "button", class: "goal-answer", text, "data-tip": tip, on: { click } });
  }

  /** Until the run begins another answer may be given. */
  #offer() {
    this.answers.hidden = !this.open;
    for (const button of this.buttons) setAttribute(button, "aria-pressed", String(button.textContent === this.prediction));
  }

  #answer(text) {
    this.given = text;
    this.prediction = text;
    remember(this.asked, text);
    this.stage.choose({ predict: text });
    this.#goOn();
  }

  #skip() {
    this.skipped = this.asked;
    this.#goOn();
  }

  /** If Play was pressed, it was waiting for this. */
  #goOn() {
    const { waiting } = this;
    this.waiting = false;
    this.element.classList.remove("asking");
    this.key = null; // written anew with the next frame
    if (waiting) this.stage.send({ type: "play" });
    if (waiting || this.skipped === this.asked) this.stage.root.focus({ preventScroll: true }); // what was pressed goes away
    this.stage.repaint();
  }
}
