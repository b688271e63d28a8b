/** Where a sentence is typed: the maps follow each letter, and what is too long is cut in sight. */

import { element, setText } from "./element.js";

export class SentenceBox {
  /** @param {string} name @param {string} tip @param {(text: string) => void} change */
  constructor(name, tip, change) {
    this.change = change;
    this.field = element("textarea", { class: "sentence-field", rows: 1, dir: "auto", spellcheck: "false", autocomplete: "off",
      "aria-label": name, "data-tip": tip, on: { input: () => this.#typed(), keydown: (event) => event.key === "Enter" && event.preventDefault() } });
    this.note = element("p", { class: "strip-note", role: "status" });
    this.element = element("label", { class: "sentence-box" }, element("span", { class: "sentence-label", text: name }), this.field);
  }

  scene({ max_characters: most }, placeholder) {
    this.most = most;
    this.field.placeholder = placeholder;
  }

  /** Shows the text that holds now, unless somebody is typing another. */
  show(text, typing) {
    if (!typing && this.field.value !== text) {
      this.field.value = text;
      setText(this.note, "");
    }
    this.#grow();
  }

  #typed() {
    const text = this.field.value.replace(/\s+/g, " ").toWellFormed();
    const points = [...text];
    const over = points.length - this.most;
    const kept = over > 0 ? points.slice(0, this.most).join("") : text;
    if (kept !== this.field.value) {
      const at = this.field.selectionStart;
      this.field.value = kept;
      this.field.setSelectionRange(at, at);
    }
    setText(this.note, over > 0 ? `A sentence may have ${this.most.toLocaleString("en-US")} characters: ${over.toLocaleString("en-US")} more were cut off.` : "");
    this.#grow();
    this.change(kept);
  }

  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }
}
