/** What a class's view says besides its run: the number of its seat, and the teacher's last line with its link. */

import { element, setAttribute, setText } from "./element.js";

const PAUSED = "Your teacher has paused all runs. Play goes on.";

export class Board {
  constructor() {
    this.seat = element("span", { class: "board-seat", "data-tip": "Your place in the class. Nobody's name is known." });
    this.text = element("span", { class: "board-text" });
    this.link = element("a", { class: "board-link", text: "Open", hidden: true });
    this.element = element("div", { class: "board", role: "status", hidden: true }, this.seat, this.text, this.link);
  }

  /** @param {{number: number|null, text: string, link: string, paused: boolean}} message */
  show(message) {
    this.message = message;
    this.#draw();
  }

  /** How the run stands: a viewer who plays again need not be told that it was paused. */
  follow(status) {
    if (status === this.status) return;
    this.status = status;
    if (!this.message) return;
    if (status === "playing") this.message.paused = false;
    this.#draw();
  }

  #draw() {
    let { number, text, link, paused } = this.message;
    if (link === location.pathname + location.search) text = ""; // it is open, and opened again it would begin anew
    const own = text !== "" && link.startsWith("/") && !link.startsWith("//"); // the server has checked it, too
    setText(this.seat, number ? `Seat ${number}` : "");
    if (!text && paused && this.status === "paused") text = PAUSED;
    setText(this.text, text);
    this.link.hidden = !own;
    setAttribute(this.link, "href", own ? link : null);
    this.element.classList.toggle("says", text !== "");
    this.element.hidden = !number && !text;
  }
}
