/** What is shown besides: boxes and tabs whose words stand in the link (`show=contours,accuracy`) and so outlive a reload. */

import { element } from "./element.js";

export const LOG_TIP = "Equal steps for equal factors. Watch small losses that still fall.";

export class Shows {
  /** @param {(words: string[]) => void} tell called with all words that are on when a box is pressed */
  constructor(tell) {
    this.words = new Set();
    this.labels = []; // [word, label]
    this.tell = tell;
  }

  /** Takes over the words of a link, before any box is made. */
  adopt(words) {
    this.words = new Set(words);
  }

  /** @param {string[]} words of boxes that the link hides */
  hide(words) {
    for (const [word, label] of this.labels) label.style.display = words.includes(word) ? "none" : "";
  }

  has(word) {
    return this.words.has(word);
  }

  /** Which of several tabs is open; the first one has no word in the link. */
  chosen(words) {
    return words.find((word) => this.has(word)) ?? words[0];
  }

  /** One of several tabs is opened. */
  choose(word, words) {
    for (const one of words) this.words.delete(one);
    if (word !== words[0]) this.words.add(word);
    this.tell([...this.words]);
  }

  /**
   * A labeled box that switches a word.
   * @param {string} word @param {string} text @param {string} tip @param {() => void} onChange
   */
  box(word, text, tip, onChange) {
    const change = () => {
      this.words.delete(word) || this.words.add(word);
      onChange();
      this.tell([...this.words]);
    };
    const box = element("input", { type: "checkbox", checked: this.has(word), on: { change } });
    const label = element("label", { class: "toggle", "data-tip": tip }, box, element("span", { text }));
    this.labels.push([word, label]);
    return label;
  }
}
