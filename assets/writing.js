/** What comes next: the distribution over the whole vocabulary, drawing token by token, and beam search. */

import { BeamTree } from "./beamtree.js";
import { Distribution } from "./distribution.js";
import { element, quietly, setText } from "./element.js";
import { number, percent, probability } from "./format.js";
import { Slider } from "./slider.js";

const WRITE_MS = 600; // between two tokens while it writes by itself
const MAX_DRAW = 100_000;
const BEAMS = 4;

export class Writing {
  /** @param {(change: Object) => void} probe */
  constructor(probe) {
    this.probe = probe;
    this.how = { written: 0, draw: 0, temperature: 1, top_k: 0, top_p: 1, beams: 0 };
    this.#makeSliders();
    const button = (text, tip, click) => element("button", { type: "button", class: "quiet-button bordered", text, "data-tip": tip, on: { click } });
    this.one = button("Write one token", "Draws one token from the bars below and appends it.", () => this.#write(1));
    this.play = button("Write on", "Draws token after token until the answer is complete.", () => this.#toggle());
    this.again = button("Start again", "Takes the written tokens away.", () => this.#set({ written: 0 }));
    this.other = button("Another draw", "The same model, other chance. Watch which tokens change when the temperature is high.", () => this.#set({ draw: (this.how.draw + 1) % MAX_DRAW }));
    const tip = "Follows the likeliest texts side by side instead of drawing. Watch whether the best text begins with the likeliest token.";
    this.beams = element("select", { "data-tip": tip, "aria-label": "Beam search", on: { change: () => this.#set({ beams: Number(this.beams.value) }) } },
      ...Array.from({ length: BEAMS + 1 }, (_, k) => element("option", { value: k, text: k ? `${k} ${k === 1 ? "beam" : "beams"}` : "off" })));
    this.text = element("div", { class: "written", role: "group", "aria-label": "Given and written tokens", tabindex: "0" });
    this.verdict = element("p", { class: "changes-verdict", "aria-live": "polite" });
    this.distribution = new Distribution("The next token", ["drawn from this", "before top-k and top-p"]);
    this.tree = new BeamTree();
    this.body = element("div", { class: "bench-part" },
      element("div", { class: "bench-controls" }, this.one, this.play, this.again, this.other),
      this.text, this.verdict,
      element("div", { class: "bench-controls" }, this.temperature.element, this.topK.element, this.topP.element),
      this.distribution.element,
      element("label", { class: "slider" }, element("span", { text: "Beam search" }), this.beams), this.tree.element);
    this.none = element("p", { class: "bench-part", text: "An encoder answers at every place at once, so it writes nothing token by token. “Change it” shows its whole output at each place. Choose the decoder to let it write." });
    this.element = element("div", {}, this.body, this.none);
  }

  #makeSliders() {
    this.temperature = new Slider({ name: "Temperature", low: 0.1, high: 10, log: true, text: (value) => value.toFixed(2),
      tip: "Logits are divided by it. Below 1 the likely token becomes likelier, above 1 all become more alike.",
      take: (value) => this.#set({ temperature: Math.abs(value - 1) < 0.03 ? 1 : value }) });
    this.topK = new Slider({ name: "Top-k", low: 1, high: 2, text: (value) => (Math.round(value) >= this.topK.high ? "all" : String(Math.round(value))),
      tip: "Only the k likeliest tokens can be drawn. 1 always takes the likeliest.",
      take: (value) => this.#set({ top_k: Math.round(value) >= this.topK.high ? 0 : Math.round(value) }) });
    this.topP = new Slider({ name: "Top-p", low: 0.05, high: 1, text: (value) => value.toFixed(2),
      tip: "Only the fewest tokens that hold this probability together can be drawn.",
      take: (value) => this.#set({ top_p: Math.round(100 * value) / 100 }) });
  }

  open(on) {
    if (!on) this.stop();
    this.probe({ writing: on, ...this.how });
  }

  scene(scene) {
    this.sceneNow = scene;
    this.frameNow = null;
    if (this.how.written) this.#set({ written: 0 }); // by another model
    this.stop();
    const decoder = scene.form === "decoder";
    this.body.hidden = !decoder;
    this.none.hidden = decoder;
    this.distribution.scene(scene);
    this.temperature.set(this.how.temperature);
    this.topP.set(this.how.top_p);
    if (this.how.top_k >= scene.vocabulary.length) this.how.top_k = 0;
    this.topK.set(this.how.top_k || scene.vocabulary.length, scene.vocabulary.length);
  }

  frame(frame) {
    if (this.element.hidden || !frame.next_share) return;
    this.frameNow = frame;
    this.#texts(frame);
    const done = frame.written.length >= frame.write_most;
    if (done) this.stop();
    this.one.disabled = this.play.disabled = done;
    this.distribution.element.hidden = done;
    this.again.disabled = frame.written.length === 0;
    const { next_share: share, next_proba: proba, next_logits: logits } = frame;
    const best = share.indexOf(Math.max(...share));
    const left = share.filter((value) => value > 0).length;
    quietly(this.verdict, frame);
    setText(this.verdict, done ? (this.sceneNow.baselines ? `${frame.write_most} characters are written: no more are.` : "Nothing more is asked: the answer is complete.") : `Next: ${this.sceneNow.vocabulary[best]} with ${percent(share[best])}. ${left} of ${share.length} tokens can be drawn.`);
    this.distribution.draw(share, proba, { gone: (k) => share[k] === 0,
      tip: (k) => `Logit ${number(logits[k])}, probability ${probability(proba[k])}, drawn with ${probability(share[k])}` });
    this.tree.draw(frame.beams);
  }

  /** What is given, and behind it what was written, each token with its share. */
  #texts(frame) {
    const key = JSON.stringify([frame.prompt, frame.written, frame.written_share]);
    if (key === this.key) return;
    this.key = key;
    const given = frame.prompt.map((token) => element("span", { class: "given", text: token }));
    const written = frame.written.map((token, k) => element("span", { class: "own" }, element("b", { text: token }), element("small", { text: percent(frame.written_share[k]) })));
    this.text.replaceChildren(...given, ...written);
  }

  #write(n) {
    if (!this.frameNow) return; // the first picture is on its way
    this.#set({ written: Math.min(this.how.written + n, this.frameNow.write_most) }); // also of presses that no frame shows yet
  }

  #toggle() {
    if (this.timer) return this.stop();
    setText(this.play, "Pause writing");
    this.#write(1);
    this.timer = setInterval(() => this.#write(1), WRITE_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    setText(this.play, "Write on");
  }

  #set(change) {
    this.how = { ...this.how, ...change };
    this.probe(change);
  }
}
