/** The editor of a stack of layers: a card a block, with its numbers, its shape and its parameters. Python checks. */

import { element, icon, setText } from "./element.js";
import { count } from "./format.js";

const TYPING_MS = 300;
const INSTANCE = Symbol.for("playground.stack");
const ICON = { up: "↑", down: "↓" };

/** @param {{parentElement: ShadowRoot, data: Object, setTriggerValue: Function}} component */
export function mount(component) {
  const parent = component.parentElement;
  (parent[INSTANCE] ??= new StackEditor(parent)).show(component);
}

class StackEditor {
  constructor(parent) {
    const style = element("link", { rel: "stylesheet", href: new URL("./stackeditor.css", import.meta.url).href });
    this.list = element("ol", { class: "blocks", "aria-label": "Blocks from the image to the output" });
    this.problem = element("p", { class: "problem", role: "alert" });
    this.total = element("p", { class: "total", role: "status" });
    this.offers = element("div", { class: "offers", role: "group", "aria-label": "Add a block" });
    this.root = element("div", { class: "stack-editor" }, this.list, this.problem, this.offers, this.total);
    this.root.style.visibility = "hidden"; // until the style sheet is there
    style.addEventListener("load", () => { this.root.style.visibility = ""; });
    parent.append(style, this.root);
    this.rows = [];
    this.cards = [];
    this.sent = 0; // edits sent; what Python shows may still be from before
  }

  show(component) {
    this.component = component;
    const { data } = component;
    setText(this.problem, data.problem ? `⚠ ${data.problem}` : "");
    setText(this.total, data.total);
    this.#offer(data.offers);
    if (this.timer || data.heard < this.sent) return; // something newer is being typed, or on its way
    const same = data.rows.length === this.rows.length && data.rows.every(({ kind }, k) => kind === this.rows[k].kind);
    this.rows = data.rows;
    if (same) this.rows.forEach((row, k) => this.cards[k].update(row));
    else this.#build();
  }

  #build(focus) {
    this.cards = this.rows.map((row, k) => new Card(this, row, k));
    this.list.replaceChildren(...this.cards.map(({ node }) => node));
    if (focus) this.cards[focus.place]?.focus(focus.control);
  }

  #offer(offers) {
    const names = offers.map(({ title }) => title).join();
    this.offersNow = offers;
    if (names === this.offerNames) return;
    this.offerNames = names;
    const button = ({ title, tip }, k) => element("button", { type: "button", class: "offer", title: tip, on: { click: () => this.#add(k) } }, element("span", { text: "+", "aria-hidden": "true" }), element("span", { text: title }));
    this.offers.replaceChildren(element("span", { class: "offers-name", text: "Add" }), ...offers.map(button));
  }

  #add(k) {
    const { rows, place } = this.offersNow[k];
    this.rows = this.rows.toSpliced(place, 0, structuredClone(rows[0]));
    this.#build({ place, control: "first" });
    this.send();
  }

  remove(place) {
    this.rows = this.rows.toSpliced(place, 1);
    this.#build({ place: Math.min(place, this.rows.length - 1), control: "remove" });
    this.send();
  }

  move(place, by) {
    const to = place + by;
    if (to < 0 || to >= this.rows.length || this.rows[to].kind === "output") return;
    this.rows = this.rows.with(place, this.rows[to]).with(to, this.rows[place]);
    this.#build({ place: to, control: by < 0 ? "up" : "down" });
    this.send();
  }

  /** As one types: after a short rest, or at once when the field is left. */
  type() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), TYPING_MS);
  }

  settle() {
    if (this.timer) this.send();
  }

  send() {
    clearTimeout(this.timer);
    this.timer = null;
    const rows = this.rows.filter(({ kind }) => kind !== "output");
    this.sent = Math.max(this.sent, this.component.data.heard) + 1;
    this.component.setTriggerValue("edit", { number: this.sent, rows: rows.map(({ kind, name, numbers }) => ({ kind, name, numbers })) });
  }
}

class Card {
  constructor(editor, row, place) {
    Object.assign(this, { editor, place });
    this.title = element("b", { class: "title" });
    this.shape = element("span", { class: "shape", title: "What comes out: maps × height × width, or units" });
    this.params = element("span", { class: "params", title: "Numbers of this layer that training changes" });
    this.error = element("p", { class: "error", role: "alert" });
    this.inputs = new Map();
    const head = element("div", { class: "head" }, this.title, ...(row.kind === "output" ? [] : this.#buttons()));
    const facts = element("div", { class: "facts" }, this.shape, this.params);
    this.node = element("li", { class: `block ${row.kind}` }, head, this.#fields(row), facts, this.error);
    this.update(row);
  }

  update(row) {
    this.row = row;
    const title = row.title || this.title.textContent || this.#nameOf(row.kind);
    setText(this.title, title);
    setText(this.shape, row.shape ? `→ ${row.shape}` : "");
    const learned = row.n_params ? `${count(row.n_params)} parameters` : "no parameters";
    setText(this.params, row.n_params === null || row.n_params === undefined ? "" : learned);
    setText(this.error, row.error ? `⚠ ${row.error}` : "");
    this.node.classList.toggle("wrong", Boolean(row.error));
    for (const [key, input] of this.inputs) {
      const value = key === "name" ? row.name : row.numbers[key];
      if (input.getRootNode().activeElement !== input && input.value !== value) input.value = value;
      input.setAttribute("aria-label", `${title}: ${input.dataset.label}`);
    }
    for (const button of this.node.querySelectorAll(".tool")) button.setAttribute("aria-label", `${button.dataset.label} ${title}`);
  }

  focus(control) {
    const first = this.inputs.values().next().value;
    const target = control === "first" ? first : this.node.querySelector(`.${control}`);
    (target ?? this.node.querySelector(".tool"))?.focus();
    if (target === first) first?.select?.();
  }

  #nameOf(kind) {
    return this.editor.offersNow.find(({ rows }) => rows[0].kind === kind)?.title ?? kind;
  }

  #buttons() {
    const tool = (name, label, sign, act) => element("button", { type: "button", class: `tool ${name}`, title: label, "data-label": label, on: { click: act } }, sign);
    return [
      tool("up", "Move up", document.createTextNode(ICON.up), () => this.editor.move(this.place, -1)),
      tool("down", "Move down", document.createTextNode(ICON.down), () => this.editor.move(this.place, 1)),
      tool("remove", "Remove", icon("close"), () => this.editor.remove(this.place)),
    ];
  }

  #fields(row) {
    const { numbers, activations } = this.editor.component.data;
    const fields = (numbers[row.kind] ?? []).map((number) => this.#number(number, row));
    if (row.kind === "act") fields.push(this.#activation(activations, row));
    return element("div", { class: "fields" }, ...fields);
  }

  #number({ key, label, low, high, tip }, row) {
    const input = element("input", { type: "number", min: low, max: high, step: 1, value: row.numbers[key], "data-label": label, on: {
      input: () => { this.row.numbers[key] = input.value.slice(0, 4); this.editor.type(); },
      change: () => this.editor.settle(),
    } });
    this.inputs.set(key, input);
    return element("label", { title: `${tip} ${low} to ${high}.` }, element("span", { text: label }), input);
  }

  #activation(names, row) {
    const options = names.map((name) => element("option", { value: name, text: name.replace("_", " ") }));
    const input = element("select", { "data-label": "function", on: { change: () => { this.row.name = input.value; this.editor.send(); } } }, ...options);
    input.value = row.name;
    this.inputs.set("name", input);
    return element("label", { title: "The bend at this place." }, element("span", { text: "function" }), input);
  }
}
