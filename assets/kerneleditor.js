/** A kernel as numbers to be typed, and named kernels to put in its place: the maps and the bars follow at once. */

import { along, signedStops, toCss } from "./colors.js";
import { element, setOptions, setText } from "./element.js";

const TYPING_MS = 120;
const DECIMALS = 4;
const MOST_WEIGHTS = 64 * 225; // of one message
const LARGEST = 1e4;
const NOTE = "Type a number, or choose a kernel: every map and bar that follows is computed anew. Play trains on from here.";
const PAST = "This is a past moment. An edit forgets everything after it and goes on from here, as “Branch from here” does.";
const BRANCHED = "Everything after this moment is forgotten: its curves stay as the ghost. “Undo edits” takes back the edit alone.";
const REFUSED = "A weight is a number from −10,000 to 10,000. The one before stays.";

export class KernelEditor {
  /** @param {{send: (message: Object) => void, look: () => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.place = { choice: 0, unit: 0, map: 0 };
    this.selects = { choice: this.#select("convolution"), unit: this.#select("filter"), map: this.#select("on map") };
    this.grid = element("div", { class: "kernel-grid", role: "group" });
    this.named = element("div", { class: "kernel-named", role: "group", "aria-label": "Put in its place" });
    this.every = element("input", { type: "checkbox" });
    this.everyName = element("span");
    const every = element("label", { class: "kernel-every", "data-tip": "A chosen kernel goes into every filter of this convolution: the whole layer then sees the same." }, this.every, this.everyName);
    this.back = element("button", { type: "button", class: "quiet-button bordered", text: "Undo edits", "data-tip": "Takes back all weights edited at this step. Rewind goes further back.", on: { click: () => { this.#leave(); actions.send({ type: "unedit" }); } } });
    this.note = element("p", { class: "kernel-note", role: "status", text: NOTE });
    const choose = element("div", { class: "kernel-choose" }, ...Object.values(this.selects).map(({ label }) => label));
    this.element = element("details", { class: "fold kernel-editor", on: { toggle: () => this.actions.look() } },
      element("summary", { text: "Edit a kernel" }), choose, element("div", { class: "kernel-body" }, this.grid, element("div", { class: "kernel-side" }, this.named, every, this.back)), this.note);
    this.inputs = [];
    this.values = []; // of the kernel, in full
    this.usual = NOTE;
    this.typed = new Map(); // by cell, since this kernel was chosen: a frame may still be older
  }

  /** What the frame should hold of a kernel: [layer, filter, map], or null while nobody looks. */
  get wanted() {
    return this.element.open && this.choices?.length ? [this.#choice().layer, this.place.unit, this.#map()] : null;
  }

  scene(scene) {
    this.choices = scene.kernels ?? [];
    this.typed.clear();
    this.element.hidden = !this.choices.length;
    if (!this.choices.length) return;
    if (!this.#choice()) this.place = { choice: 0, unit: 0, map: 0 };
    this.#arrange();
  }

  colors(palette, dark) {
    this.stops = signedStops(palette, dark);
  }

  /** Opens the editor at a filter that was clicked. */
  open(layer, unit) {
    const choice = this.choices?.findLastIndex((one) => one.layer === layer) ?? -1; // of two convolutions the one that made the map
    if (choice < 0) return;
    this.#leave();
    this.place = { choice, unit, map: 0 };
    this.element.open = true;
    this.#arrange();
    this.actions.look();
    this.element.scrollIntoView({ block: "nearest" });
  }

  frame(frame) {
    this.back.disabled = !frame.hand_edited;
    this.#tell(frame);
    if (!frame.kernel || !this.wanted || frame.kernel.join() !== this.wanted.join()) return;
    const values = (this.values = Array.from(frame.kernel_values));
    const most = Math.max(0.01, ...values.map(Math.abs));
    this.inputs.forEach((input, k) => {
      if (!(input === input.getRootNode().activeElement && input.dataset.typed)) input.value = plain(values[k]);
      const rgb = along(this.stops, (values[k] / most + 1) / 2);
      const dark = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] < 128;
      Object.assign(input.style, { background: toCss(rgb), color: dark ? "#fff" : "#000" });
    });
  }

  /** What an edit means here; of one made in the past, until another moment is shown, what it has done. */
  #tell({ scrubbed, hand_edited, step }) {
    if (this.wasPast === step && !scrubbed && hand_edited) this.branchedAt = step;
    if (this.branchedAt !== step || !hand_edited) this.branchedAt = null;
    this.wasPast = scrubbed ? step : null;
    this.usual = scrubbed ? PAST : this.branchedAt === null ? NOTE : BRANCHED;
    if (!this.refused) setText(this.note, this.usual);
  }

  #choice() {
    return this.choices[this.place.choice];
  }

  /** Maps count through both convolutions of a residual block. */
  #map() {
    return this.#choice().first_map + this.place.map;
  }

  #arrange() {
    const choice = this.#choice();
    this.place.unit = Math.min(this.place.unit, choice.n_filters - 1);
    this.place.map = Math.min(this.place.map, choice.n_maps - 1);
    setOptions(this.selects.choice.select, this.choices.map(({ title }) => title), this.place.choice);
    setOptions(this.selects.unit.select, numbered(choice.n_filters), this.place.unit);
    setOptions(this.selects.map.select, numbered(choice.n_maps), this.place.map);
    this.selects.map.label.hidden = choice.n_maps === 1;
    if (this.inputs.length !== choice.size ** 2) this.#cells(choice.size);
    setText(this.everyName, this.#reached() < choice.n_filters ? `in the first ${this.#reached()} filters` : "in every filter");
    this.grid.setAttribute("aria-label", `${choice.title}, filter ${this.place.unit + 1}, ${choice.size} by ${choice.size} weights`);
    this.named.replaceChildren(...choice.named.map(({ name, tip, values }) => element("button", { type: "button", class: "quiet-button bordered", text: name, "data-tip": tip, on: { click: () => this.#put(values) } })));
  }

  #cells(size) {
    const input = (k) => element("input", { type: "number", step: "0.1", "aria-label": `row ${Math.floor(k / size) + 1}, column ${(k % size) + 1}`, on: { input: (e) => this.#type(e.target, k), blur: (e) => this.#blur(e.target, k), keydown: (e) => this.#key(e, k, size) } });
    this.inputs = Array.from({ length: size * size }, (_, k) => input(k));
    this.grid.style.setProperty("--side", size);
    this.grid.replaceChildren(...this.inputs);
  }

  /** Alt and an arrow move between cells; plain up and down step the number. */
  #key(event, k, size) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -size, ArrowDown: size }[event.key];
    if (!by || !event.altKey) return;
    event.preventDefault();
    this.inputs[k + by]?.focus();
  }

  #type(input, k) {
    input.dataset.typed = "yes";
    const legal = isWeight(input.valueAsNumber);
    if (legal) this.typed.set(k, input.valueAsNumber);
    else this.typed.delete(k); // or it would hold back what is typed into other cells
    this.refused = !legal;
    setText(this.note, legal ? this.usual : REFUSED);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#settle(), TYPING_MS);
  }

  /** What is left in a cell without being a weight makes way for the weight that is in force. */
  #blur(input, k) {
    delete input.dataset.typed;
    if (!isWeight(input.valueAsNumber)) input.value = plain(this.values[k]);
  }

  /** Sends what was typed, before another kernel takes its place. */
  #settle() {
    if (this.timer) this.#send(this.values.map((value, k) => this.typed.get(k) ?? value));
    clearTimeout(this.timer);
    this.timer = null;
  }

  #leave() {
    this.#settle();
    this.refused = false;
    this.typed.clear();
    for (const input of this.inputs) delete input.dataset.typed;
  }

  /** A named kernel, in this filter or in all of the convolution. */
  #put(values) {
    this.#leave();
    if (!this.every.checked) return this.#send(values);
    this.#send(values, 0, this.#reached());
  }

  /** How many filters "every" means: all but of a very large convolution. */
  #reached() {
    const { n_filters: n, size } = this.#choice();
    return Math.min(n, Math.floor(MOST_WEIGHTS / size ** 2));
  }

  #send(values, unit = this.place.unit, n = 1) {
    if (values.every(isWeight))
      this.actions.send({ type: "edit_kernel", layer: this.#choice().layer, unit, map: this.#map(), values, n_units: n });
  }

  #select(name) {
    const key = { convolution: "choice", filter: "unit", "on map": "map" }[name];
    const select = element("select", { "aria-label": name, on: { change: () => {
      this.#leave();
      this.place[key] = Number(select.value);
      this.#arrange();
      this.actions.look();
    } } });
    return { select, label: element("label", {}, element("span", { text: name }), select) };
  }
}

const isWeight = (value) => Number.isFinite(value) && Math.abs(value) <= LARGEST;

const numbered = (n) => Array.from({ length: n }, (_, k) => String(k + 1));

/** A number of a few decimals for a narrow field. */
function plain(value) {
  return Number.isFinite(value) ? String(Number(value.toFixed(DECIMALS))) : "";
}
