/** The view of "Real sentences": what is typed, where a word looks, all heads as small maps, one large, heads by rank. */

import { Bench } from "./bench.js";
import { levelsOf } from "./colors.js";
import { element, setAttribute, setText } from "./element.js";
import { percent } from "./format.js";
import { HeadRanking } from "./headranking.js";
import { Inside } from "./inside.js";
import { JoinedChoice, titleOf } from "./joined.js";
import { Throttle } from "./pace.js";
import { SentenceBox } from "./sentencebox.js";
import { WordGrid } from "./wordgrid.js";
import { WordMap } from "./wordmap.js";
import { WordStrip } from "./wordstrip.js";

const LOOK_INTERVAL_MS = 30;
const CHOICE_INTERVAL_MS = 150;
const AGAIN_MS = 2000; // a choice that no frame shows by then is sent again: it may have met a lost connection
const NARROW_PX = 760;
const PROJECTED_MORE_PX = 70; // that the large map may take of the line below it: names must be read from afar
const LEAST_CHANGE = 127.5 * 0.05; // of attention, that the colors are stretched to
const SHOWS = [
  ["first", "First", "Small maps of the first sentence."],
  ["second", "Second", "Small maps of the second sentence."],
  ["difference", "Difference", "The second less the first: where attention went and where it came from. The strongest colors are the largest change."],
];

export function createView(stage) {
  return new SentencesView(stage);
}

class SentencesView {
  constructor(stage) {
    this.stage = stage;
    this.unit = this.chosen = null; // the head in sight, and the one that a press asked for
    this.wanted = {};
    this.shows = "difference";
    this.opened = false; // whether the head is stepped through
    this.looks = new Throttle(LOOK_INTERVAL_MS, () => stage.keep({ type: "look", unit: this.unit, inside: this.opened }));
    this.choices = new Throttle(CHOICE_INTERVAL_MS, () => stage.choose({ show: { ...this.wanted } }));
    this.#makeInput();
    this.#makeMaps();
    const href = new URL("./sentences.css", import.meta.url).href;
    const style = element("link", { rel: "stylesheet", href, on: { load: () => stage.measure(true) } });
    this.body = element("div", { class: "sentences-body" }, ...this.strips.map((strip) => strip.element), this.verdict, this.large, this.small, this.bench.element);
    this.body.hidden = this.input.hidden = true; // until the first frame
    stage.element.classList.add("sentences");
    stage.element.append(style, this.input, this.missing, this.body);
  }

  #makeInput() {
    this.boxes = [
      new SentenceBox("Sentence", "Type any sentence: all maps follow. Empty shows the example.", (text) => this.#choose({ sentence: text })),
      new SentenceBox("Second", "Change one word and see which heads notice it.", (text) => this.#choose({ other: text })),
    ];
    this.boxes[1].field.addEventListener("blur", () => this.stage.repaint());
    this.twice = element("input", { type: "checkbox", on: { change: () => this.#compare(this.twice.checked) } });
    const compare = element("label", { class: "toggle", "data-tip": "A second sentence beside the first. Change one word in it and see which heads notice." },
      this.twice, element("span", { text: "Compare with a second sentence" }));
    this.input = element("div", { class: "sentences-input" }, this.boxes[0].element, compare, this.boxes[1].element, this.boxes[0].note, this.boxes[1].note);
    this.missing = element("div", { class: "sentences-missing", role: "status" }, element("p", { text: "The model is being loaded." }));
  }

  #makeMaps() {
    const look = (head, chosen) => this.#lookAt(head, chosen);
    this.strips = [0, 1].map(() => new WordStrip({ word: (name) => this.#choose({ word: name }), target: (name) => this.#choose({ target: name }) }));
    this.verdict = element("p", { class: "strip-note" });
    this.#makeOff();
    this.maps = ["", "other_", ""].map((prefix, k) => new WordMap((row, column) => this.#choosePair(prefix, k, row, column)));
    this.grid = new WordGrid(look, () => this.chosen && this.#lookAt(this.chosen));
    this.joining = new HeadRanking("All 72 heads by how much of its attention the word gives to the other. The twelve largest; press one to see it.", look);
    this.moving = new HeadRanking("The share of the word's attention that goes elsewhere in the second sentence.", look);
    this.tabs = SHOWS.map(([key, text, tip]) => element("button", { type: "button", class: "quiet-button", text, "data-tip": tip, on: { click: () => this.#show(key) } }));
    this.tabRow = element("div", { class: "curve-tabs sentences-tabs", role: "group", "aria-label": "What the small maps show" }, ...this.tabs);
    this.large = element("div", { class: "sentences-large" }, this.switches, ...this.maps.map((map) => map.element));
    this.inside = new Inside((opened) => this.#step(opened));
    const tip = "Every matrix of this head with its real numbers for the first sentence, and what each number was computed from.";
    this.bench = new Bench([{ name: "Step through this head", part: this.inside, tip }], () => this.stage.repaint());
    this.small = element("div", { class: "sentences-small" }, this.effect, this.joining.element, this.moving.element, this.tabRow, this.grid.element);
  }

  /** The switch of the head in sight, and what those that are off have changed. */
  #makeOff() {
    this.on = element("input", { type: "checkbox", on: { change: () => this.#switch(this.unit ?? this.frameNow.looked, this.on.checked) } });
    const tip = "Off, this head writes nothing. Watch what becomes of the word: the head's own map stays, later layers change.";
    const toggle = element("label", { class: "toggle", "data-tip": tip }, this.on, element("span", { text: "Head on" }));
    this.all = element("button", { type: "button", class: "quiet-button", text: "All heads on", on: { click: () => this.#choose({ heads_off: [] }) } });
    this.joined = new JoinedChoice((joined) => this.#choose({ joined }));
    this.switches = element("div", { class: "sentences-switches" }, this.joined.element, toggle);
    this.changed = element("span", { role: "status", "data-tip": "How alike the last layer's outputs are, as a cosine: 1 is the same. For the sentence, of the vectors that stand for it." });
    this.effect = element("p", { class: "sentences-effect" }, this.changed, " ", this.all);
  }

  #switch(head, on) {
    const name = nameOf(head);
    const others = (this.wanted.heads_off ?? this.frameNow.off.map(nameOf)).filter((other) => other !== name);
    this.#lookAt(head);
    this.#choose({ heads_off: on ? others : [...others, name] });
  }

  scene({ scene }) {
    this.sceneNow = scene;
    const { palette } = scene;
    this.levels = levelsOf(palette.sequential);
    this.signed = { light: levelsOf(palette.diverging_light), dark: levelsOf(palette.diverging_dark) };
    this.boxes[0].scene(scene, scene.example);
    this.boxes[1].scene(scene, scene.other_example);
    this.grid.scene(scene);
    if (this.size) this.layout(this.size);
  }

  frame({ frame }) {
    this.frameNow = frame;
    const { missing } = frame;
    this.missing.hidden = !missing;
    this.body.hidden = this.input.hidden = missing;
    this.#settle(frame.choices);
    if (missing) this.#sayMissing();
    else this.#draw(frame);
    return false;
  }

  theme(theme) {
    this.themeNow = theme;
  }

  layout(size) {
    this.size = size;
    if (!this.frameNow || this.frameNow.missing) return;
    const { width, height } = size;
    const { scale } = this.stage;
    const narrow = width < NARROW_PX;
    const { comparing } = this.frameNow;
    const above = this.input.offsetHeight + this.strips.reduce((sum, strip) => sum + strip.element.offsetHeight, 0);
    const room = Math.max(300, height - above - 90 * scale);
    this.stage.element.style.setProperty("--map-side", `${width * 0.44}px`); // or the switches would be measured in the map before
    const across = narrow ? width - 8 : comparing ? Math.floor(width / 3) - 16 : Math.min(width * 0.44, room - this.switches.offsetHeight + (this.stage.projector ? PROJECTED_MORE_PX : 0));
    const side = Math.floor(Math.min(across, 620 * scale));
    for (const map of this.maps) map.layout(side, scale);
    this.inside.layout(scale);
    this.stage.element.classList.toggle("comparing", comparing);
    this.stage.element.style.setProperty("--map-side", `${side}px`);
    const below = room + 60 * scale - this.joining.element.offsetHeight - this.effect.offsetHeight;
    this.grid.layout(narrow || comparing ? width : width - side - 24, comparing ? 460 * scale : below, scale);
    this.laidOut = this.#parts();
  }

  /** What stands there besides, which leaves more or less room for the maps. */
  #parts() {
    const { comparing, choices } = this.frameNow;
    return `${comparing} ${this.boxes[1].element.hidden} ${this.effect.hidden} ${choices.joined}`;
  }

  destroy() {
    this.looks.cancel();
    this.choices.cancel();
    clearTimeout(this.again);
  }

  /** A choice holds once a frame shows it; until then it is sent again, so that none is lost. */
  #settle(choices) {
    for (const [name, value] of Object.entries(this.wanted)) if (String(choices[name]) === String(value)) delete this.wanted[name];
    this.#askAgain();
    this.boxes[0].show(choices.sentence, "sentence" in this.wanted);
    this.boxes[1].show(choices.other, "other" in this.wanted);
  }

  #choose(change) {
    if ("word" in change || "target" in change) this.#forgetHead();
    this.wanted = { ...this.wanted, ...change };
    this.choices.push(null);
    this.#askAgain();
  }

  /** Sends what no frame shows yet once more, in a while. */
  #askAgain() {
    clearTimeout(this.again);
    if (Object.keys(this.wanted).length) this.again = setTimeout(() => this.choices.push(null), AGAIN_MS);
  }

  /** Other words: the head that joins them most is shown until one is pointed at. */
  #forgetHead() {
    this.unit = this.chosen = null;
    this.looks.push(null);
  }

  #step(opened) {
    this.opened = opened;
    this.looks.push(null);
  }

  /** A cell of a map was pressed: its two words, by the name that each has in the sentence it stands in. */
  #choosePair(prefix, k, row, column) {
    const { names, other_names: others, matching } = this.frameNow;
    const place = (at) => (k === 2 ? names[matching[0][at]] : (prefix ? others : names)[at]);
    const unit = this.frameNow.looked;
    this.#choose({ word: place(row), target: place(column) });
    this.#lookAt(unit);
  }

  /** @param {boolean} chosen by a press or with the keys, so that it stays; not only pointed at */
  #lookAt(head, chosen = true) {
    if (chosen) this.chosen = head;
    this.unit = head;
    this.grid.select(head);
    this.looks.push(null);
  }

  #compare(on) {
    const { example, other_example: other } = this.sceneNow;
    const { sentence } = this.frameNow.choices;
    this.toType = on; // as soon as its box is there
    this.#choose({ other: !on ? "" : sentence === example || !sentence.trim() ? other : sentence });
  }

  #show(key) {
    this.shows = key;
    this.stage.repaint();
  }

  #sayMissing() {
    this.missing.replaceChildren(
      element("p", { text: "Real sentences need the pretrained model MiniLM (88 MB), which is not installed. Everything else works without it." }),
      element("p", { text: "To install it, run this in the environment of the app (.venv) and come back to this page:" }),
      element("code", { text: this.sceneNow.command }));
  }

  #draw(frame) {
    const { comparing, looked } = frame;
    const typing = this.boxes[1].field.matches(":focus"); // who has emptied the box is about to write in it
    this.twice.checked = typing || ("other" in this.wanted ? Boolean(this.wanted.other.trim()) : comparing); // a press holds at once
    this.boxes[1].element.hidden = !comparing && !typing;
    if (comparing && this.toType) this.boxes[1].field.focus();
    this.toType &&= !comparing;
    const head = this.#title(frame);
    const word = frame.tokens[frame.word];
    const target = frame.tokens[frame.target];
    const first = frame.empty ? "The box is empty: this is the example. " : "";
    this.strips[0].frame(frame, `${first}${head}: where “${word}” looks. Press another word, or a number to search for it.`, frame.notes[0]);
    this.strips[1].element.hidden = this.verdict.hidden = this.tabRow.hidden = this.moving.element.hidden = !comparing;
    if (comparing) this.#drawSecond(frame, head);
    this.joining.frame(frame.ranking, `Heads where “${word}” looks at “${target}”`, looked);
    this.#drawOff(frame, word, target);
    if (this.laidOut !== this.#parts()) this.layout(this.size);
    this.#drawLarge(frame);
    this.#drawGrid(frame);
    this.#drawInside(frame);
  }

  #drawInside(frame) {
    const n_tokens = frame.tokens.length;
    if (this.stepped?.n_tokens !== n_tokens || this.stepped.of !== this.sceneNow) {
      this.stepped = { of: this.sceneNow, n_tokens };
      this.inside.scene({ ...this.sceneNow, n_tokens });
    }
    this.inside.frame({ ...frame, flips: [], softmax_temperature: 1 }, this.unit ?? frame.looked, this.themeNow, this.levels);
  }

  /** What is shown large. */
  #title({ looked: [layer, head], choices: { joined } }) {
    return titleOf(joined, layer, `Layer ${layer + 1}, head ${head + 1}`);
  }

  #drawOff({ looked, off, effect, comparing, choices }, word, target) {
    const beside = comparing ? this.switches : this.small; // in sight of the switch
    if (this.effect.parentElement !== beside) comparing ? beside.append(this.effect) : beside.prepend(this.effect);
    const names = this.wanted.heads_off ?? off.map(nameOf);
    this.on.checked = !names.includes(nameOf(looked));
    this.joined.show(this.wanted.joined ?? choices.joined);
    this.on.parentElement.hidden = choices.joined !== "head";
    this.effect.hidden = !effect;
    if (!effect) return;
    const heads = off.length > 3 ? `these ${off.length} heads` : off.map(([layer, head]) => `layer ${layer + 1}, head ${head + 1}`).join(" and ");
    const [pair, before, own, sentence] = [effect.pair, effect.pair_before, effect.word, effect.sentence].map((cosine) => cosine.toFixed(3));
    setText(this.changed, `Without ${heads}: cosine of “${word}” and “${target}” ${pair}, before ${before}; of “${word}” and what it was ${own}; of the sentence and what it was ${sentence}.`);
  }

  #drawSecond(frame, head) {
    const second = partOf(frame, "other_");
    const [ours, theirs] = frame.matching;
    const row = ours.indexOf(frame.word);
    const changes = frame.moved_ranking.length === 0 ? null : second.tokens.map((_, k) => {
      const column = theirs.indexOf(k);
      return row < 0 || column < 0 || theirs[row] !== second.word ? null : frame.difference_map[row * ours.length + column];
    });
    this.strips[1].frame(second, `${head}: where “${second.tokens[second.word]}” looks in the second sentence, and the change.`, frame.notes[1], changes);
    const likeness = frame.similarity.toFixed(2);
    setText(this.verdict, `For the whole model the two sentences are alike by ${likeness} (cosine of the vectors that stand for them; 1 is the most).`);
    const own = frame.tokens[frame.word];
    this.moving.frame(frame.moved_ranking, frame.moved_ranking.length ? `Heads whose “${own}” moves most` : `“${own}” has no partner in the second sentence: choose a word that both have.`, frame.looked);
  }

  #drawLarge(frame) {
    const { looked, word, target } = frame;
    const head = this.#title(frame);
    const k = looked[0] * this.sceneNow.heads + looked[1];
    const alone = frame.choices.joined === "head";
    const draw = (map, title, prefix) => map.frame({ tokens: frame[`${prefix}tokens`], values: frame[`${prefix}map`], levels: this.levels, signed: false,
      title, facts: alone ? restOf(frame[`${prefix}patterns`][k]) : "Each row sums to 1.", marked: [frame[`${prefix}word`], frame[`${prefix}target`]] }, this.themeNow);
    for (const map of this.maps.slice(1)) map.element.hidden = !frame.comparing;
    draw(this.maps[0], frame.comparing ? `${head}: first` : head, "");
    if (!frame.comparing) return;
    draw(this.maps[1], `${head}: second`, "other_");
    const [ours] = frame.matching;
    const marked = [ours.indexOf(word), ours.indexOf(target)];
    this.maps[2].frame({ tokens: frame.difference_tokens, values: frame.difference_map, levels: this.#signedLevels(), signed: true, whole: frame.all_match,
      title: `${head}: second less first`, facts: "Warm: more in the second; cool: less", marked: marked.includes(-1) ? null : marked }, this.themeNow);
  }

  #drawGrid(frame) {
    const shows = frame.comparing ? this.shows : "first";
    this.tabs.forEach((tab, k) => setAttribute(tab, "aria-pressed", String(SHOWS[k][0] === shows)));
    const [maps, values] = {
      first: [frame.maps, frame.weights],
      second: [frame.other_maps, frame.other_weights],
      difference: [frame.difference, frame.moved],
    }[shows];
    const selected = this.unit ?? frame.looked;
    if (this.grid.selected?.join() !== selected.join()) this.grid.select(selected);
    const what = shows === "difference" ? (values ? "of its attention moves" : "the word has no partner") : `from ${frame.tokens[frame.word]} to ${frame.tokens[frame.target]}`;
    this.grid.off(frame.off);
    this.grid.frame(maps, shows === "difference" ? this.#stretched(maps) : this.levels, values, what);
  }

  /** The signed colors of bytes, the strongest for the largest change of all maps: most changes are small. */
  #stretched(maps) {
    const levels = this.#signedLevels();
    const most = maps.reduce((largest, byte) => Math.max(largest, Math.abs(byte - 127.5)), LEAST_CHANGE);
    return levels.map((_, byte) => levels[Math.round(127.5 + (127.5 * Math.max(-1, Math.min(1, (byte - 127.5) / most))))]);
  }

  #signedLevels() {
    return this.themeNow?.dark ? this.signed.dark : this.signed.light;
  }
}

/** A head as links name it. */
function nameOf(head) {
  return head.map((number) => number + 1).join(".");
}

/** One sentence's part of a frame. */
function partOf(frame, prefix) {
  return Object.fromEntries(["tokens", "names", "surfaces", "word", "target", "map"].map((name) => [name, frame[prefix + name]]));
}

/** Where most of a head's attention rests in this sentence. */
function restOf([pattern, share]) {
  return pattern ? `${percent(share)} of its attention goes to ${pattern}.` : "Its attention follows no simple pattern here.";
}
