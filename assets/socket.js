/** The connection to the live route: says hello, decodes messages in order, comes back by itself when it drops. */

import { decode } from "./wire.js";

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 2000; // with jitter 3 s: a server that was started anew has its class back within 10 s
const MAX_QUEUED = 20;
export const UNKNOWN_TOKEN = 4401;
const FINAL_CODES = [UNKNOWN_TOKEN, 4403, 4409]; // unknown, not allowed, or another tab has it: coming back would not help

export class LiveSocket {
  /**
   * @param {Object} options
   * @param {string} options.path path of the route, e.g. "/live/socket"
   * @param {string} options.token says which run this viewer belongs to
   * @param {string} [options.before] the token whose run shall go on here
   * @param {string} [options.beside] another token of this tab, whose seat has the same number
   * @param {(message: Object) => void} options.onMessage decoded messages, in the order they were sent
   * @param {(state: "open"|"lost"|"ended", code: number) => void} options.onConnection `ended`: it will not come back by
   *   itself, for the reason of that code
   */
  constructor({ path, token, before = "", beside = "", onMessage, onConnection }) {
    Object.assign(this, { path, token, before, beside, onMessage, onConnection });
    this.queue = []; // commands given before the first connection stood
    this.kept = new Map(); // what the server must know again after a reconnect, by type
    this.waitMs = FIRST_WAIT_MS;
    this.closed = false;
    this.everOpen = false;
    this.#open();
  }

  get connected() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Sends a command; without a connection it is dropped, for a late Play would surprise. */
  send(message) {
    if (this.connected) this.socket.send(JSON.stringify(message));
    else if (!this.everOpen && this.queue.length < MAX_QUEUED) this.queue.push(message);
  }

  /** Sends what the viewer looks at or whether it is visible: the newest of a type is sent again after a reconnect. */
  keep(message) {
    this.kept.set(message.type, message);
    if (this.connected) this.socket.send(JSON.stringify(message));
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  #open() {
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#greet(socket);
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#lost(socket, event.code);
    this.socket = socket;
    this.decoded = null; // the promise of the last compressed message still being decoded
  }

  #greet(socket) {
    const hello = { type: "hello", token: this.token, before: this.before, beside: this.beside };
    const first = [hello, ...this.kept.values(), ...this.queue];
    for (const message of first) socket.send(JSON.stringify(message));
    this.queue.length = 0;
    this.everOpen = true;
    this.onConnection("open");
  }

  #receive(socket, data) {
    const message = typeof data === "string" ? JSON.parse(data) : decode(data);
    if (message.type !== "refused") {
      this.waitMs = FIRST_WAIT_MS; // who is refused each time comes more and more seldom
      this.before = this.beside = ""; // it is served: what it had before counts no more
    }
    if (!this.decoded && !(message instanceof Promise)) return this.onMessage(message);
    const turn = Promise.all([message, this.decoded]).then(([plain]) => {
      if (this.decoded === turn) this.decoded = null;
      if (socket === this.socket && !this.closed) this.onMessage(plain);
    });
    this.decoded = turn;
  }

  #lost(socket, code) {
    if (this.closed || socket !== this.socket) return;
    const final = FINAL_CODES.includes(code);
    this.onConnection(final ? "ended" : "lost", code);
    if (final) return;
    this.timer = setTimeout(() => this.#open(), this.waitMs * (0.5 + Math.random())); // jitter: a class must not return at once
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }
}
