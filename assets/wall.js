/** The wall of a class: a tile for every run, and how an experiment has come out. It draws what the server says. */

import { Colors } from "./colors.js";
import { element, setText } from "./element.js";
import { count, loss, percent } from "./format.js";
import { Picture } from "./picture.js";
import { LiveSocket } from "./socket.js";
import { Spread } from "./spread.js";
import { Surface } from "./surface.js";
import { readTheme } from "./theme.js";

const CELLS = 50;
const [SIDE, SIDE_OF_MANY] = [8.3, 6]; // of a picture, in heights of the text; as the widths of tiles in wall.css
const MANY = 12; // tiles: smaller from here on, so that a class of thirty is seen at once
const [GAP_PX, FRAME_PX] = [8, 22]; // between the pictures; padding and border of a tile
const KINDS = { features: "Four feature maps of the first layer", attention: "Where the heads look" };
const INSTANCE = Symbol.for("playground.wall");
const COUNTED = { trees: "Trees" }; // what a page counts, where it is not epochs
const NOTICES = { lost: "Connection lost, reconnecting. Below is how it was.", ended: "The server knows this wall no longer. Reload the page and give the key again." };
const STATUS = { playing: "▶ playing", paused: "Ⅱ paused", ready: "○ not begun", finished: "■ finished", failed: "✕ stopped" };

/**
 * @param {{parentElement: ShadowRoot, data: {token, socket, palette, titles, profile}}} component
 * @returns {() => void} cleanup
 */
export function mount(component) {
  const parent = component.parentElement;
  const wall = (parent[INSTANCE] ??= new Wall(parent));
  const ticket = wall.adopt(component);
  return () => wall.release(ticket);
}

class Wall {
  constructor(parent) {
    this.parent = parent;
    this.ticket = 0;
    this.tiles = new Map();
    this.summary = element("p", { class: "wall-summary", text: "Waiting for the class." });
    this.notice = element("p", { class: "wall-notice", role: "status" });
    this.empty = element("p", { class: "wall-empty", text: "Nobody is here yet. Invite shows the address and its QR code; every view that is opened appears here by itself.", hidden: true });
    this.spread = new Spread();
    this.grid = element("div", { class: "wall-tiles", role: "list", "aria-label": "Runs of the class" });
    this.root = element("div", { class: "wall", "data-testid": "wall" }, this.summary, this.notice, this.empty, this.spread.element, this.grid);
    this.style = element("link", { rel: "stylesheet", href: new URL("./wall.css", import.meta.url).href });
    this.root.style.visibility = "hidden"; // until the style sheet is there
    this.style.addEventListener("load", () => { this.root.style.visibility = ""; this.#retheme(); });
    this.onVisible = () => this.socket?.keep({ type: "visible", visible: !document.hidden });
    document.addEventListener("visibilitychange", this.onVisible);
    parent.append(this.style, this.root);
  }

  adopt({ data }) {
    this.data = data;
    this.root.dataset.profile = data.profile || "standard";
    if (data.token !== this.token) this.#connect(data);
    this.#retheme();
    return ++this.ticket;
  }

  release(ticket) {
    if (ticket !== this.ticket) return;
    this.socket.close();
    document.removeEventListener("visibilitychange", this.onVisible);
    this.root.remove();
    this.style.remove();
    delete this.parent[INSTANCE];
  }

  #connect({ socket: path, token }) {
    this.socket?.close();
    this.token = token;
    const onConnection = (state) => this.#connection(state);
    this.socket = new LiveSocket({ path, token, onMessage: (message) => this.#receive(message), onConnection });
  }

  /** What is on the wall grows old without a connection, and is of no run any more when another server answers. */
  #connection(state) {
    setText(this.notice, NOTICES[state] ?? "");
    this.root.dataset.connection = state;
    if (state === "ended") this.#clear();
  }

  #clear() {
    this.message = null;
    this.tiles.clear();
    this.grid.replaceChildren();
    this.spread.element.hidden = this.empty.hidden = true;
    setText(this.summary, "");
    delete this.root.dataset.viewers;
  }

  #receive(message) {
    if (message.type !== "wall") return;
    this.message = message;
    this.#draw();
    this.socket.send({ type: "ack", frame: message.id });
  }

  #retheme() {
    this.theme = readTheme(this.root);
    this.colors = new Colors(this.data.palette, this.theme);
    if (this.message) this.#draw();
  }

  #draw() {
    const { seats, machine } = this.message;
    setText(this.summary, summary(this.message.class, machine));
    this.root.dataset.viewers = seats.length;
    this.empty.hidden = this.message.class.viewers > 0;
    this.root.classList.toggle("many", seats.length > MANY);
    this.#measure(seats.length > MANY ? SIDE_OF_MANY : SIDE);
    const kept = new Set(seats.map((seat) => seat.number));
    for (const [number, tile] of this.tiles) if (!kept.has(number)) (tile.element.remove(), this.tiles.delete(number));
    seats.forEach((seat, at) => this.#tile(seat, at));
    this.spread.draw(this.message, this.theme, this.textPx);
  }

  /** Pictures are as large as the text wants them; the curve has what the map leaves of its tile. */
  #measure(heights) {
    this.textPx = parseFloat(getComputedStyle(this.root).fontSize);
    this.side = Math.round(this.textPx * heights);
    this.root.style.setProperty("--side", `${this.side}px`);
    const tilePx = parseFloat(getComputedStyle(this.grid).gridTemplateColumns);
    this.curveWidth = Math.max(this.side, Math.floor((tilePx || 0) - FRAME_PX - GAP_PX - this.side));
  }

  #tile(seat, at) {
    const { number } = seat;
    if (!this.tiles.has(number)) this.tiles.set(number, new Tile(number));
    const tile = this.tiles.get(number);
    if (this.grid.children[at] !== tile.element) this.grid.insertBefore(tile.element, this.grid.children[at] ?? null);
    const { maps, map_classes: classes, curves } = this.message;
    const [n, points] = [CELLS * CELLS, curves.shape[2]];
    const curve = { epochs: curves.subarray(2 * at * points, (2 * at + 1) * points), losses: curves.subarray((2 * at + 1) * points, (2 * at + 2) * points) };
    tile.draw(seat, { map: maps.subarray(at * n, (at + 1) * n), classes: classes.subarray(at * n, (at + 1) * n), curve }, this);
  }
}

/** One run: its map, its test loss, and what it has answered. */
class Tile {
  constructor(number) {
    this.map = new Surface("wall-map");
    this.curve = new Surface("wall-curve", { title: "Test loss over the epochs, from 0 to its highest value" });
    this.status = element("span", { class: "wall-status" });
    this.numbers = element("p", { class: "wall-numbers" });
    this.what = element("p", { class: "wall-what" });
    this.plain = element("span", { class: "wall-plain" });
    this.passed = element("ul", { class: "wall-passed" });
    const head = element("h3", {}, element("span", { text: `Seat ${number}` }), this.status);
    this.element = element("article", { class: "wall-tile", role: "listitem", "data-seat": number },
      head, element("div", { class: "wall-pictures" }, this.map.canvas, this.plain, this.curve.canvas), this.numbers, this.what, this.passed);
  }

  draw(seat, { map, classes, curve }, { colors, theme, data, side, curveWidth, textPx }) {
    setText(this.status, STATUS[seat.status] ?? seat.status);
    this.element.dataset.status = seat.status;
    const right = seat.test_accuracy === null ? "" : `${percent(seat.test_accuracy)} right`;
    const begun = seat.test_loss !== null;
    setText(this.numbers, begun ? [`${COUNTED[seat.page] ?? "Epoch"} ${count(seat.epoch)}`, `test loss ${loss(seat.test_loss)}`, right].filter(Boolean).join(" · ") : "Opening");
    setText(this.what, `${data.titles[seat.page] ?? seat.page}: ${seat.what || "the default choices"}`);
    this.what.title = this.what.textContent;
    this.#passed(seat);
    this.plain.hidden = seat.map_kind !== "";
    setText(this.plain, begun ? right || "Several models" : "Opening");
    this.map.canvas.title = KINDS[seat.map_kind] ?? "What the model says of each place";
    this.map.canvas.hidden = seat.map_kind === "";
    const tables = { value: colors.signed, probability: colors.probability };
    if (seat.map_kind) this.#paint(seat.map_kind, map, classes, colors, tables[seat.map_kind] ?? colors.amounts, side);
    this.curve.canvas.style.visibility = begun ? "" : "hidden";
    this.#trace(curve, theme, { width: curveWidth, height: side, line: textPx / 7 });
  }

  #passed({ page, passed }) {
    const texts = passed.map(({ question, epoch }) => `✓ ${COUNTED[page] ?? "Epoch"} ${count(epoch)}: ${question}`);
    if (texts.join() === this.said) return;
    this.said = texts.join();
    this.passed.replaceChildren(...texts.map((text) => element("li", { text, title: text })));
  }

  #paint(kind, map, classes, colors, table, sidePx) {
    this.map.resize(sidePx, sidePx);
    const side = this.map.canvas.width;
    if (this.picture?.size !== side) this.picture = new Picture(CELLS, side);
    const { picture } = this;
    if (kind !== "class") picture.fill(map, 0, table);
    else
      for (let y = 0, p = 0; y < side; y++)
        for (let x = 0; x < side; x++, p++) {
          const cell = Math.floor((y * CELLS) / side) * CELLS + Math.floor((x * CELLS) / side);
          picture.pixels[p] = colors.strengths[classes[cell]][map[cell]];
        }
    this.map.context.putImageData(picture.image, 0, 0);
  }

  /** The test loss from 0 to its highest value. */
  #trace({ epochs, losses }, theme, { width, height, line }) {
    this.curve.resize(width, height);
    this.curve.clear();
    const { context } = this.curve;
    const [last, most] = [Math.max(1, epochs[epochs.length - 1]), Math.max(...losses.filter(Number.isFinite), 1e-9)];
    Object.assign(context, { strokeStyle: theme.grid, lineWidth: 1 });
    context.strokeRect(0.5, 0.5, width - 1, height - 1);
    Object.assign(context, { strokeStyle: theme.text, lineWidth: line });
    context.beginPath();
    losses.forEach((value, k) => context.lineTo((epochs[k] / last) * (width - 2) + 1, height - 2 - (value / most) * (height - 4)));
    context.stroke();
  }
}

function summary(room, { load, cores, megabytes }) {
  const parts = [`${room.viewers} ${room.viewers === 1 ? "viewer" : "viewers"}`, `${room.playing} playing`];
  if (room.waiting) parts.push(`${room.waiting} in line`);
  const shown = room.left ? "was shown and has left: its run stands still" : "is shown";
  if (room.shown) parts.push(`seat ${room.shown} ${shown}, ${room.followers} watch${room.followers === 1 ? "es" : ""}`);
  if (load !== null) parts.push(`machine: load ${load.toFixed(1)} on ${cores} cores`);
  if (megabytes !== null) parts.push(`server: ${count(megabytes)} MB`);
  return parts.join(" · ");
}
