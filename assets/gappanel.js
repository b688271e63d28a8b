/** What missing values cost: a score of every contender against the share of values knocked out, as fits come in. */

import { element, setText } from "./element.js";
import { LineChart } from "./linechart.js";

const TIP = "Knocks out more and more values of the table, in training and test rows, and fits everybody anew. Watch whose line falls first.";
const IDLE = "Takes away more and more values and fits everybody anew.";
const NOTE = "Mean ± standard deviation over up to three seeds. The dotted line is the share chosen now.";

export class GapPanel {
  /** @param {Object} actions `send(message)` starts or ends the study @param {() => void} again has a frame drawn anew */
  constructor(actions, again) {
    this.busy = false;
    this.chart = new LineChart();
    this.score = element("select", { class: "point-class", "aria-label": "Score", on: { change: () => ((this.key = null), again()) } });
    this.start = element("button", { type: "button", class: "quiet-button", "data-tip": TIP, on: { click: () => actions.send({ type: "study", name: "gaps", end: this.busy }) } });
    this.text = element("span", { class: "study-text", role: "status" });
    this.note = element("p", { class: "chart-note", text: NOTE });
    this.body = element("div", {}, this.chart.element, this.note);
    this.element = element("div", { class: "grid-panel", hidden: true }, element("div", { class: "grid-bar" }, this.score, this.start, this.text), this.body);
  }

  scene(scene) {
    this.sceneNow = scene;
    const chosen = this.score.value;
    const columns = scene.columns.filter(({ form }) => ["loss", "share", "score"].includes(form));
    this.score.replaceChildren(...columns.map(({ key, title }) => element("option", { value: key, text: title })));
    const usual = scene.task === "regression" ? "test_r2" : "test_accuracy";
    this.score.value = columns.some(({ key }) => key === chosen) ? chosen : usual;
    this.key = null;
  }

  layout(width, height, scale, thick) {
    this.chart.layout(width, Math.max(110, height - 64 * scale), scale, thick);
    this.key = null;
  }

  /** @param {(k: number, x: number[], y: number[]) => Object} line a line in the look of contender k */
  frame({ gaps }, line, theme) {
    this.busy = Boolean(gaps?.busy);
    setText(this.start, this.busy ? "Cancel" : "Knock out more and more");
    setText(this.text, gaps?.text || IDLE);
    const drawn = Boolean(gaps?.done && gaps.lines); // the lines come once they are asked for
    this.body.hidden = !drawn;
    const key = `${gaps?.done} ${this.score.value}`;
    if (!drawn || key === this.key) return;
    this.key = key;
    const own = gaps.lines[this.score.value].map(({ shares, mean, low, high }, k) => ({ ...line(k, shares, mean), low, high })).filter(({ x }) => x.length);
    const values = own.flatMap(({ low, high }) => [...low, ...high]);
    const room = 0.06 * Math.max(Math.max(...values) - Math.min(...values), 0.01);
    this.chart.draw(own, {
      x: "Share of values knocked out", y: this.score.selectedOptions[0].text, xs: [0, 0.8], dots: true,
      ys: [Math.min(...values) - room, Math.max(...values) + room], cursor: this.sceneNow.knocked_out,
    }, theme);
  }
}
