/** The moments at which heads began to do something: their entropy fell at once. Each one leads back to its epoch. */

import { element, setText } from "./element.js";
import { count, percent } from "./format.js";

export class Moments {
  /** @param {(epoch: number, head: [number, number]) => void} go */
  constructor(go) {
    this.go = go;
    this.list = element("div", { class: "moment-list" });
    this.element = element("section", { class: "moments", "aria-label": "Heads that began to look at something", hidden: true },
      element("span", { class: "moment-title", text: "Sudden focus", "data-tip": "A head's entropy fell by 20 points or more within 20 records: it began to look at something. Press to see that moment." }),
      this.list);
  }

  frame({ moments }) {
    const key = JSON.stringify(moments);
    if (key === this.key) return;
    this.key = key;
    this.element.hidden = moments.length === 0;
    while (this.list.children.length > moments.length) this.list.lastChild.remove();
    moments.forEach((moment, k) => {
      const button = this.list.children[k] ?? this.#button();
      const { layer, head, epoch, before, after } = moment;
      button.moment = moment;
      setText(button, `L${layer + 1} H${head + 1} · epoch ${count(epoch)}`);
      button.dataset.tip = `Layer ${layer + 1}, head ${head + 1}: entropy from ${percent(before)} to ${percent(after)} around epoch ${count(epoch)}.`;
    });
  }

  #button() {
    const click = () => this.go(button.moment.epoch, [button.moment.layer, button.moment.head]);
    const button = element("button", { type: "button", class: "quiet-button moment", on: { click } });
    this.list.append(button);
    return button;
  }
}
