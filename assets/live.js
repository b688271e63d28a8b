/**
 * The live view: one element that holds the transport bar and the view of a page, fed by a WebSocket.
 *
 * Streamlit calls `mount` again on a theme change and after a reconnect; the instance stays on its parent, so nothing
 * is drawn anew and the socket stays open.
 */

import { Announcer } from "./announcer.js";
import { Board } from "./board.js";
import { element } from "./element.js";
import { Seeking } from "./seeking.js";
import { LiveSocket, UNKNOWN_TOKEN } from "./socket.js";
import { Stage } from "./stage.js";
import { Store } from "./store.js";
import { exchange } from "./tabtoken.js";
import { readTheme } from "./theme.js";
import { Tooltip } from "./tooltip.js";
import { Transport } from "./transport.js";

const VIEWS = {
  network: () => import("./network.js"),
  trees: () => import("./trees.js"),
  compare: () => import("./compare.js"),
  attention: () => import("./attention.js"),
  sentences: () => import("./sentences.js"),
  digits: () => import("./digits.js"),
};
const INSTANCE = Symbol.for("playground.live");
const RENEW_MS = 2000;

/**
 * @param {{parentElement: ShadowRoot|HTMLElement, data: Object, setTriggerValue: Function}} component
 * @returns {() => void} cleanup; only the newest mount's cleanup takes the view away, and only once
 */
export function mount(component) {
  const parent = component.parentElement;
  const live = (parent[INSTANCE] ??= new Live(parent));
  const ticket = live.adopt(component);
  return () => live.release(ticket);
}

class Live {
  constructor(parent) {
    this.parent = parent;
    this.store = new Store();
    this.ticket = 0;
    this.nFrames = 0;
    this.actions = {
      send: (message) => this.component.data.watches || this.#asks(message) || this.#send(message),
      keep: (message) => this.socket?.keep(message),
      choose: (choice) => this.component.data.watches || this.component.setTriggerValue("choice", choice),
      repaint: () => this.#request(),
      rename: (words) => this.transport.rename(words),
    };
    this.transport = new Transport(this.actions);
    this.seeking = new Seeking((wanted) => this.#compute(wanted));
    this.board = new Board();
    this.transport.element.append(this.board.element);
    this.announcer = new Announcer();
    this.stage = new Stage(this.actions);
    this.paint = this.paint.bind(this);
    this.#build();
  }

  /** Takes over the newest component handle: same token, same socket. */
  adopt(component) {
    this.component = component;
    const { token, socket: path, view, profile, seat, left } = component.data;
    this.root.dataset.profile = profile ?? "standard";
    this.root.classList.toggle("watches", Boolean(component.data.watches));
    if (token !== this.token || seat !== this.seat || left !== this.left) clearTimeout(this.renewal);
    Object.assign(this, { seat, left }).#vacate();
    this.root.dataset.view = view; // where nothing trains there is nothing to play: see live.css
    if (token !== this.token) this.#connect(path, token);
    if (!this.view) this.#load(view);
    this.#retheme();
    this.#hide(component.data.hide ?? []);
    return ++this.ticket;
  }

  /** Whether a question of the view's has to be answered before this message is sent. */
  #asks({ type }) {
    return type === "play" && Boolean(this.view?.goal?.asks());
  }

  #send(message) {
    this.seeking.sends(message);
    this.socket?.send(message);
  }

  /** What is still shown is of another moment than the one that is waited for. */
  #compute(wanted) {
    this.root.classList.toggle("seeking", wanted !== null);
    this.transport.compute(wanted);
  }

  /** Another list of hidden controls, while the run stays. */
  #hide(names) {
    const run = this.store.current;
    if (run && run.scene.hide.join() !== names.join()) this.#scene(run, undefined);
    this.stage.measure();
  }

  release(ticket) {
    if (ticket !== this.ticket) return;
    this.ticket++;
    this.socket?.close();
    clearTimeout(this.renewal);
    this.stage.release();
    this.view?.destroy?.();
    document.removeEventListener("visibilitychange", this.onVisible);
    cancelAnimationFrame(this.request);
    this.root.remove();
    this.style.remove();
    delete this.parent[INSTANCE];
  }

  #build() {
    const href = new URL("./live.css", import.meta.url).href;
    this.style = element("link", { rel: "stylesheet", href });
    const halo = element("div", { class: "halo", "aria-hidden": "true" }); // leads the eyes of a room to the pointer
    this.root = element(
      "div",
      {
        class: "live",
        "data-testid": "live",
        role: "group",
        "aria-label": "Live view",
        tabindex: "0",
        on: {
          keydown: (e) => this.#key(e),
          pointermove: ({ clientX, clientY }) => (halo.style.translate = `${clientX}px ${clientY}px`),
        },
      },
      this.transport.element,
      this.stage.element,
      this.announcer.element,
      halo,
    );
    this.root.style.visibility = "hidden"; // until the style sheet is there: no flash of plain elements
    this.style.addEventListener("load", () => this.#styled());
    Object.assign(this.root.dataset, {
      status: "ready",
      epoch: "0",
      step: "0",
      frames: "0",
      trainLoss: "",
      testLoss: "",
    });
    new Tooltip(this.root);
    this.onVisible = () => this.socket?.keep({ type: "visible", visible: !document.hidden });
    document.addEventListener("visibilitychange", this.onVisible);
    this.parent.append(this.style, this.root);
    this.stage.watch(this.root, this.transport.element);
  }

  #styled() {
    this.root.style.visibility = "";
    this.stage.measure(true);
    this.#retheme();
  }

  #connect(path, token) {
    this.socket?.close();
    this.store.unpainted = null;
    this.token = token;
    this.socket = new LiveSocket({
      path,
      token,
      ...exchange(token),
      onMessage: (message) => this.#receive(message),
      onConnection: (state, code) => this.#connection(state, code),
    });
    if (document.hidden) this.onVisible();
  }

  #connection(state, code) {
    this.transport.connection(state);
    this.seeking.end(); // what was asked of the connection before is not waited for
    if (state !== "open") clearTimeout(this.renewal); // it stands for the connection before
    if (code === UNKNOWN_TOKEN) this.#renew("token");
    if (state !== "open") this.store.unpainted = null; // the next connection numbers its own frames
  }

  /**
   * Has the script run until it has given another token or view: the server has forgotten the token, or shows a run of
   * another page, or was started anew, so that Streamlit does not know this visit and would not heed its next choice.
   */
  #renew(what) {
    clearTimeout(this.renewal);
    this.component.setTriggerValue("choice", { renew: `${what} ${performance.now()}` });
    this.renewal = setTimeout(() => this.#renew(what), RENEW_MS);
  }

  async #load(name) {
    this.view = {}; // so that a second mount does not load it again
    const { createView } = await VIEWS[name]().catch((error) => {
      this.transport.sayLastingly("This page came only in part. Reload it.");
      throw error;
    });
    this.stage.shows.adopt(this.component.data.show ?? []);
    this.view = createView(this.stage);
    this.stage.onLayout = (size) => this.view.layout(size);
    this.stage.measure(true);
    this.#retheme();
  }

  #retheme() {
    this.stage.theme = readTheme(this.root);
    this.root.classList.toggle("dark", this.stage.theme.dark);
    this.root.style.setProperty("--on-primary", this.stage.theme.onPrimary);
    this.view?.theme?.(this.stage.theme);
    this.#request();
  }

  /** Hides what is empty: nobody shows a run, or this one still stands in line. */
  #vacate(place = this.place) {
    this.place = place;
    this.root.classList.toggle("vacant", Boolean(this.component.data.watches ? !this.seat : place && !this.nFrames));
  }

  #receive(message) {
    if (message.type === "notice") this.#vacate(message.place);
    if (message.type === "notice" || message.type === "refused") this.transport.say(message.text ?? message.reason);
    else if (message.type === "renew") this.#renew("visit");
    else if (message.type === "board") this.board.show(message);
    else if (message.type === "shown") this.#shown(message);
    else if (this.#fits(message) && this.store.take(message)) this.#request();
  }

  /** Who watches is told which seat is shown, 0 for none, and whether its owner has left: the page speaks of it. */
  #shown({ seat, left }) {
    if (!seat) this.transport.arrived(); // nothing is on its way
    if (seat !== this.component.data.seat || left !== this.component.data.left) this.#renew("seat");
  }

  /** Whether this view can draw a message. A scene of another page has the script bring its view. */
  #fits({ type, view }) {
    const fits = type !== "scene" || !view || view === this.component.data.view;
    if (!fits) this.#renew("view");
    return fits;
  }

  #request() {
    this.request ??= requestAnimationFrame(this.paint);
  }

  /** Draws the newest state, then tells the server. Called by requestAnimationFrame only. */
  paint(now) {
    this.request = null;
    if (!this.view?.frame || !this.stage.size) return; // still loading, or nowhere on the page; it asks again
    const before = this.store.turn();
    const run = this.store.current;
    if (!run) return;
    if (before !== undefined) this.#scene(run, before);
    const arrived = this.store.unpainted !== null;
    this.transport.frame(run.frame, now);
    run.frame.waits = this.seeking.frame(run.frame, arrived);
    try {
      if (this.view.frame(run, now)) this.#request();
      this.#mark(run.frame, arrived);
      this.announcer.frame(run.frame, run.record, now);
    } finally { // a frame that a view stumbles over must not be the last one
      if (arrived) this.socket.send({ type: "ack", frame: this.store.unpainted });
      this.store.unpainted = null;
    }
  }

  #scene(run, before) {
    const { palette: [palette], hide } = this.component.data;
    Object.assign(run.scene, { palette, hide: hide ?? [] });
    this.seeking.end();
    this.transport.scene(run.scene);
    this.stage.shows.hide(run.scene.hide);
    this.view.scene(run, before);
  }

  #mark(frame, arrived) {
    if (arrived) this.nFrames++;
    const data = this.root.dataset;
    data.status = frame.status;
    this.board.follow(frame.status);
    data.epoch = frame.epoch;
    data.step = frame.step;
    data.frames = this.nFrames;
    data.trainLoss = frame.train_loss ?? "";
    data.testLoss = frame.test_loss ?? "";
  }

  /** Shortcuts count only on the view's root and in the transport; a focused control keeps its own keys. */
  #key(event) {
    const target = event.composedPath()[0];
    if (!this.transport.element.offsetHeight) return;
    const inTransport = this.transport.element.contains(target);
    if (target !== this.root && !inTransport) return;
    if (target.tagName === "SELECT" || (event.key === " " && target.tagName === "BUTTON")) return;
    if (this.transport.key(event)) event.preventDefault();
  }
}
