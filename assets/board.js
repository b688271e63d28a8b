/** What a class's view says besides its run: the number of its seat, and the teacher's last line with its link. */

import { element, setAttribute, setText } from "./element.js";

export class Board {
  constructor() {
    this.seat = element("span", { class: "board-seat", "data-tip": "Your place in the class. Nobody's name is known." });
    this.text = element("span", { class: "board-text" });
    this.link = element("a", { class: "board-link", text: "Open", hidden: true });
    this.element = element("div", { class: "board", role: "status", hidden: true }, this.seat, this.text, this.link);
  }

  /** @param {{number: number|null, text: string, link: string}} message */
  show({ number, text, link }) {
    if (link === location.pathname + location.search) text = ""; // it is open, and opened again it would begin anew
    const own = text !== "" && link.startsWith("/") && !link.startsWith("//"); // the server has checked it, too
    setText(this.seat, number ? `Seat ${number}` : "");
    setText(this.text, text);
    this.link.hidden = !own;
    setAttribute(this.link, "href", own ? link : null);
    this.element.classList.toggle("says", text !== "");
    this.element.hidden = !number && !text;
  }
}
