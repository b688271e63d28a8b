/** One sentence, token by token: a press on a token makes it the word that looks, one on its number the word looked at. */

import { element, setAttribute, setText } from "./element.js";

const SMALLEST_CHANGE = 0.005; // what would be written as 0.00

export class WordStrip {
  /** @param {{word: (name: string) => void, target: (name: string) => void}} choose */
  constructor(choose) {
    this.choose = choose;
    this.title = element("p", { class: "strip-title" });
    this.row = element("div", { class: "strip-row", role: "group" });
    this.cut = element("p", { class: "strip-cut" });
    this.note = element("p", { class: "strip-note", role: "status" });
    this.element = element("section", { class: "strip", "aria-label": "Where the word looks" }, this.title, this.row, this.cut, this.note);
  }

  /**
   * @param {Object} part tokens, names, surfaces, word, target and map of the head in sight
   * @param {string} title
   * @param {{n_unread: number, unread: string, unknown: string[]}} note
   * @param {(number|null)[]} [changes] against the first sentence, by token
   */
  frame(part, title, note, changes) {
    const key = [...part.names, ...part.surfaces, note.unread].join("\n"); // other words may be the same [UNK]
    if (key !== this.key) this.#build(part, note);
    this.key = key;
    setText(this.title, title);
    const n = part.tokens.length;
    this.units.forEach(({ token, weight, bar, value, change }, k) => {
      const share = part.map[part.word * n + k];
      const text = share.toFixed(2);
      const moved = changes?.[k] ?? null;
      setAttribute(token, "aria-pressed", String(k === part.word));
      setAttribute(weight, "aria-pressed", String(k === part.target));
      setAttribute(weight, "aria-label", `${part.tokens[k]} gets ${text}`);
      bar.style.height = `${100 * share}%`;
      setText(value, text);
      change.hidden = !changes;
      setText(change, moved === null ? "new" : Math.abs(moved) < SMALLEST_CHANGE ? "·" : `${moved > 0 ? "+" : "−"}${Math.abs(moved).toFixed(2)}`);
    });
    setText(this.note, noteOf(note, n));
  }

  #build(part, note) {
    const held = this.units?.findIndex(({ node }) => node.contains(this.row.getRootNode().activeElement)) ?? -1;
    this.units = part.tokens.map((text, k) => this.#unit(text, part.names[k], part.surfaces[k]));
    setText(this.cut, note.unread);
    this.row.replaceChildren(...this.units.map(({ node }) => node));
    this.units[held]?.token.focus();
  }

  #unit(text, name, surface) {
    const end = text === "[CLS]" || text === "[SEP]";
    const piece = text.startsWith("##") && text.length > 2;
    const tip = end
      ? `${text} marks the ${text === "[CLS]" ? "beginning" : "end"}; heads look here when they have nothing to look for.`
      : `${piece ? "A piece of the word before it. " : ""}Press to see where it looks.`;
    const label = text === "[UNK]" && surface ? surface : text;
    const token = element("button", { type: "button", class: "strip-token", dir: "auto", "data-tip": tip, text: label, on: { click: () => this.choose.word(name) } });
    const bar = element("span", { class: "strip-bar" });
    const value = element("span", { class: "strip-value" });
    const weight = element("button", { type: "button", class: "strip-weight", "data-tip": `How much of its attention the word gives to “${label}”. Press to search the heads for it.`,
      on: { click: () => this.choose.target(name) } }, element("span", { class: "strip-well" }, bar), value);
    const change = element("span", { class: "strip-change" });
    const node = element("div", { class: `strip-unit${end ? " end" : ""}${piece ? " piece" : ""}` }, token, weight, change);
    return { node, token, weight, bar, value, change };
  }
}

/** What is not read as it stands; empty when all is. */
function noteOf({ n_unread: unread, unknown }, n) {
  const cut = unread ? `The model reads ${n} tokens: ${unread.toLocaleString("en-US")} more are cut off, struck out above. ` : "";
  return cut + (unknown.length ? `Not in its vocabulary, so read as [UNK]: ${unknown.join(" ")}` : "");
}
