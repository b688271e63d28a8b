/** Maps of heads as buttons: one of them is pressed, and arrows move between them. */

import { setAttribute } from "./element.js";

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** Presses the button of this layer and head, the only one that the Tab key stops at. */
export function press(buttons, [layer, head]) {
  for (const { node, ...own } of buttons) {
    const on = own.layer === layer && own.head === head;
    setAttribute(node, "aria-pressed", String(on));
    setAttribute(node, "tabindex", on ? "0" : "-1");
  }
}

/** Left and right in a layer, up and down between layers. */
export function moveFocus(event, buttons, [layer, head]) {
  const move = MOVES[event.key];
  if (!move) return;
  event.preventDefault();
  buttons.find((button) => button.layer === layer + move[0] && button.head === head + move[1])?.node.focus();
}
