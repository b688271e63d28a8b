/** Above the curves: which ones are shown, and on which scales. */

import { element } from "./element.js";
import { LOG_TIP } from "./shows.js";

export class CurveBar {
  /**
   * @param {Object} actions
   * @param {(chart: Object) => void} actions.choose @param {() => void} actions.again draws on the other scale
   * @param {import("./shows.js").Shows} shows
   */
  constructor(actions, shows) {
    this.actions = actions;
    this.tabs = element("div", { class: "curve-tabs", role: "group", "aria-label": "Curves" });
    this.logValues = shows.box("log_scale", "Log scale", LOG_TIP, actions.again);
    this.logEpochs = shows.box(
      "log_epochs",
      "Log epochs",
      "Stretches the beginning, where most happens, in curves and timeline. Watch the first epochs.",
      actions.again,
    );
    this.element = element("div", { class: "curve-bar" }, this.tabs, this.logValues, this.logEpochs);
  }

  /** @param {import("./words.js").Words} words for what the run counts */
  count(words) {
    this.logEpochs.lastChild.textContent = words.log;
  }

  /** Offers these charts; `chosen` is one of them. */
  offer(charts, chosen) {
    this.tabs.replaceChildren(...charts.map((chart) => this.#tab(chart)));
    this.#press(charts.indexOf(chosen), chosen);
  }

  #tab(chart) {
    const click = () => {
      this.#press([...this.tabs.children].indexOf(tab), chart);
      this.actions.choose(chart);
    };
    const tab = element("button", { type: "button", class: "quiet-button", text: chart.label, "data-tip": chart.tip, on: { click } });
    return tab;
  }

  #press(index, chart) {
    [...this.tabs.children].forEach((tab, k) => tab.setAttribute("aria-pressed", String(k === index)));
    this.logValues.style.visibility = chart.key === "loss" ? "" : "hidden"; // a share has no use for it; nothing jumps
    this.logEpochs.style.visibility = chart.pane ? "hidden" : "";
  }
}
