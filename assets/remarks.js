/** One line that has something to say: why the run stopped, or a why-card. */

import { element, icon, setText } from "./element.js";

/** "Finished: all trees are built." with its first word as the title; what stopped otherwise is said to have stopped. */
function told(reason) {
  const text = reason.replace(/^Finished: /, "");
  return text === reason ? { title: "Stopped.", text } : { title: "Finished.", text: text[0].toUpperCase() + text.slice(1) };
}

export class Remarks {
  constructor() {
    this.title = element("b");
    this.text = element("span");
    this.advice = element("span", { class: "remark-try" });
    this.more = element("span", { class: "remark-more" });
    this.dismissed = new Set();
    const click = () => this.#dismiss();
    this.close = element(
      "button",
      { type: "button", class: "card-close", "aria-label": "Dismiss", "data-tip": "Hides this remark until the next run.", on: { click } },
      icon("close"),
    );
    this.element = element(
      "aside",
      { class: "remark", "aria-label": "Why did that happen?" },
      element("p", {}, this.title, " ", this.text, " ", this.advice, this.more),
      this.close,
    );
    this.element.classList.add("empty");
  }

  scene() {
    this.dismissed.clear();
    this.cards = null;
  }

  frame(frame) {
    this.asked = Boolean(frame.goal) && !frame.goal.prediction;
    this.past = frame.scrubbed;
    const key = `${frame.reason}|${this.asked}|${this.past}|${(frame.cards ?? []).map((card) => card.key + card.text).join()}`;
    if (key === this.key && this.cards) return;
    this.key = key;
    this.cards = frame.cards ?? [];
    this.reason = frame.reason;
    this.#show();
  }

  #show() {
    const begun = Boolean(this.reason) || this.asked || this.past; // who has played, or is to guess first, needs no word on Play
    const open = this.cards.filter(({ key }) => !this.dismissed.has(key) && !(begun && key === "begin"));
    const stopped = // the run, and not the past moment that is looked at
      this.reason && !this.past && !this.dismissed.has(this.reason)
        ? { key: this.reason, ...told(this.reason), try: "" }
        : null;
    const card = open[0] ? { ...open[0] } : stopped;
    this.shown = card;
    this.element.classList.toggle("empty", !card);
    this.close.hidden = !card;
    setText(this.title, card?.title ?? "");
    setText(
      this.text,
      card
        ? `${stopped && card !== stopped && !card.text.includes(this.reason) ? `${this.reason} ` : ""}${card.text}`
        : "",
    );
    setText(this.advice, card?.try ? `Try: ${card.try}` : "");
    setText(this.more, open.length > 1 ? ` (+${open.length - 1})` : "");
  }

  #dismiss() {
    if (this.shown) this.dismissed.add(this.shown.key);
    this.#show();
  }
}
