/** The transport bar: the same on every page that runs something. It sends commands and shows where the run is. */

import { element, icon, setAttribute, setText } from "./element.js";
import { count, duration, number } from "./format.js";
import { Pace } from "./pace.js";

const MAX_SEED = 2 ** 31 - 1;
const TEXT_INTERVAL_MS = 60; // numbers that change faster cannot be read
const PATIENCE_MS = 1500; // who sees nothing for longer is told why
const GETTING_READY = "Getting ready. The very first start can take a minute.";

const BUTTONS = [
  [
    "rewind",
    "Rewind",
    "Rewind",
    "Back to epoch 0 with the same start weights. Watch that the run repeats itself exactly. At epoch 0 it takes edited weights back.",
  ],
  ["reset", "Reset", "Reset", "New start weights from another seed. Watch whether the result was luck."],
  ["batch", "Step one batch", "Batch", "One parameter update with one small batch. Watch how little it changes."],
  ["step", "Step", "Step", "Trains one epoch. Watch the picture and both losses."],
];
const PLAY_TIP = "Trains on and on until you press Pause. Watch the picture change and the training loss fall.";
const PAUSE_TIP = "Stops training; nothing is lost. Point at what you want to watch closely.";
const SPEEDS = [
  ["1", "1/s"],
  ["5", "5/s"],
  ["20", "20/s"],
  ["60", "60/s"],
  ["max", "max"],
];
const HIDDEN_NAMES = { batch: "step_batch" }; // where the word of a link differs from the button's key

export class Transport {
  /**
   * @param {Object} actions `send(message)` for run commands, `choose(choice)` for choices
   */
  constructor(actions) {
    this.actions = actions;
    this.pace = new Pace(TEXT_INTERVAL_MS);
    this.status = "ready";
    this.buttons = Object.fromEntries(BUTTONS.map((row) => [row[0], this.#button(...row)]));
    this.play = this.#button("play", "Play", "Play", PLAY_TIP);
    this.playLabel = this.play.querySelector(".button-text");
    this.playTips = [PLAY_TIP, PAUSE_TIP];
    this.pauseIcon = icon("pause");
    this.playIcon = this.play.querySelector(".icon");
    this.branch = this.#button(
      "branch",
      "Branch from here",
      "Branch from here",
      "Forgets everything after this epoch and goes on from here. Change a setting first and watch it part from the ghost.",
    );
    this.head = this.#button("newest", "Back to newest", "Newest", "Leaves the past and shows the newest epoch again. Watch what has changed since.");
    this.branch.hidden = this.head.hidden = true; // a run that has not come yet has no past
    this.speed = this.#speedSelect();
    this.counters = makeCounters();
    this.notice = element("span", { class: "transport-notice", role: "status" });
    this.element = this.#assemble();
  }

  /** Space, right arrow and Home; returns whether the key was used. The caller decides where keys count. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    const action = { " ": "play", ArrowRight: "step", Home: "rewind" }[event.key];
    if (!action || (this.buttons[action] ?? this.play).hidden) return false;
    this.#press(action);
    return true;
  }

  scene(scene) {
    this.seed = scene.seed;
    const hide = new Set(scene.hide ?? []);
    for (const [key, button] of [...Object.entries(this.buttons), ["play", this.play]]) {
      button.hidden = hide.has(HIDDEN_NAMES[key] ?? key);
    }
    this.speed.hidden = hide.has("speed");
  }

  /**
   * Other words for what is counted and pressed here.
   * @param {Object} words `tips` by button's key, `counters` by counter's key: [name, tip]
   */
  rename({ tips, counters }) {
    this.playTips = [tips.play ?? PLAY_TIP, tips.pause ?? PAUSE_TIP];
    for (const [key, tip] of Object.entries(tips)) if (key !== "pause") this.#named(key).dataset.tip = tip;
    for (const [key, [name, tip]] of Object.entries(counters)) {
      const row = this.counters[key].parentElement;
      setText(row.querySelector("dt"), name);
      row.dataset.tip = tip;
    }
  }

  #named(key) {
    const { play, branch, head, speed } = this;
    return this.buttons[key] ?? { play, branch, newest: head, speed }[key];
  }

  frame(frame, now) {
    this.arrived();
    this.#status(frame.status);
    const past = frame.status !== "playing" && (frame.scrubbed ?? frame.epoch < frame.head_epoch);
    this.branch.hidden = this.head.hidden = !past;
    this.element.classList.toggle("in-past", past);
    this.#followSpeed(String(frame.speed));
    if (frame.status !== "playing" || this.pace.due(now)) this.#count(frame);
  }

  /** An ended connection leaves the server's last words standing. */
  connection(state) {
    this.element.classList.toggle("disconnected", state !== "open");
    if (state !== "ended") this.say(state === "open" ? "" : "Connection lost, reconnecting");
    clearTimeout(this.waiting);
    if (state === "open") this.waiting = setTimeout(() => this.notice.textContent || this.say(GETTING_READY), PATIENCE_MS);
  }

  /** Says which past moment is being computed; null when it is there. @param {{epoch?: number, step?: number}|null} wanted */
  compute(wanted) {
    const label = this.counters.epoch.parentElement.querySelector("dt");
    setAttribute(label, "aria-live", "polite");
    this.epochName ??= label.textContent;
    const [name, place] = wanted?.step === undefined ? [this.epochName.toLowerCase(), wanted?.epoch] : ["step", wanted.step];
    setText(label, wanted ? `Computing ${name} ${count(place)} …` : this.epochName);
    if (!wanted) this.epochName = null; // another page's run may count something else
  }

  /** What was waited for is there, or nothing comes. */
  arrived() {
    clearTimeout(this.waiting);
    if (this.notice.textContent === GETTING_READY) this.say("");
  }

  /** Says something the server wants said, until the next message or change of status. */
  say(text) {
    setText(this.notice, this.lasting ?? text);
  }

  /** Says what holds until the page is loaded anew, whatever is said after it. */
  sayLastingly(text) {
    this.lasting = text;
    this.say(text);
  }

  #status(status) {
    if (status === this.status) return;
    const playing = status === "playing";
    const label = playing ? "Pause" : "Play";
    this.status = status;
    setAttribute(this.play, "aria-label", label);
    this.play.dataset.tip = this.playTips[playing ? 1 : 0];
    setText(this.playLabel, label);
    this.play.firstChild.replaceWith(playing ? this.pauseIcon : this.playIcon);
    if (playing) this.say("");
  }

  /** A speed just chosen stands until the server has it; an open list is left alone. */
  #followSpeed(speed) {
    if (this.pendingSpeed && this.pendingSpeed !== speed) return;
    this.pendingSpeed = null;
    if (this.speed.value !== speed && this.speed.getRootNode().activeElement !== this.speed) this.speed.value = speed;
  }

  #count(frame) {
    setText(this.counters.epoch, count(frame.epoch));
    setText(this.counters.step, count(frame.step));
    this.#optional("time", frame.seconds, duration);
    this.#optional("rate", frame.epochs_per_second, (rate) => (rate >= 10 ? count(rate) : rate.toFixed(1)));
    this.#optional("learning", frame.scheduled ? frame.learning_rate : null, number);
  }

  /** A counter that not every run has. */
  #optional(key, value, format) {
    const known = value !== undefined && value !== null;
    this.counters[key].parentElement.hidden = !known;
    if (known) setText(this.counters[key], format(value));
  }

  #press(key) {
    if (key === "play") this.actions.send({ type: this.status === "playing" ? "pause" : "play" });
    else if (key === "reset") {
      this.actions.send({ type: "pause" });
      this.actions.choose({ change: { seed: this.#nextSeed() } });
    } else this.actions.send({ type: { batch: "step_batch", newest: "head" }[key] ?? key });
  }

  /** The seeds count up, so that a class that presses Reset three times sees the same three runs. */
  #nextSeed() {
    this.seed = Number.isInteger(this.seed) ? (this.seed + 1) % MAX_SEED : Math.floor(Math.random() * 10000);
    return this.seed;
  }

  #button(key, name, label, tip) {
    return element(
      "button",
      {
        type: "button",
        class: `transport-button ${key}`,
        "aria-label": name,
        "data-tip": tip,
        on: { click: () => this.#press(key) },
      },
      icon(key),
      element("span", { class: "button-text", text: label, "aria-hidden": "true" }),
    );
  }

  #speedSelect() {
    const options = SPEEDS.map(([value, text]) => element("option", { value, text }));
    const change = () => {
      this.pendingSpeed = this.speed.value;
      this.actions.choose({ change: { speed: this.speed.value } });
    };
    const tip = "Epochs a second. Slow shows each change; max trains as fast as the machine can. Watch the counter beside it.";
    const list = element("select", { class: "speed", "aria-label": "Speed", "data-tip": tip, on: { change } }, ...options);
    list.selectedIndex = -1; // the first frame says which one holds
    return list;
  }

  #assemble() {
    const { rewind, reset, batch, step } = this.buttons;
    const { epoch, step: steps, time, rate, learning } = this.counters;
    return element(
      "div",
      { class: "transport", role: "toolbar", "aria-label": "Run" },
      element("div", { class: "transport-buttons" }, rewind, reset, batch, step, this.play, this.speed),
      element(
        "dl",
        { class: "counters" },
        counter("Epoch", epoch, "epoch", "Passes over the training data so far."),
        counter("Step", steps, "step", "Parameter updates so far: batches times epochs."),
        counter("Time", time, "time", "How long it has been at play, with what a branch has left behind. Rewind begins at zero."),
        counter("Epochs/s", rate, "rate", "How fast it trains right now."),
        counter("Learning rate", learning, "learning", "Of the next update: the schedule changes it as the run goes on."),
      ),
      element("div", { class: "transport-past" }, this.branch, this.head),
      this.notice,
    );
  }
}

function makeCounters() {
  return Object.fromEntries(["epoch", "step", "time", "rate", "learning"].map((key) => [key, element("dd", { text: "0" })]));
}

function counter(name, value, key, tip) {
  return element("div", { class: `counter ${key}`, "data-tip": tip }, element("dt", { text: name }), value);
}
