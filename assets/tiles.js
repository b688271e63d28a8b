/** A choice among pictures: radio buttons whose labels are thumbnails. */

import { element } from "./element.js";

/**
 * @param {{parentElement: ShadowRoot, data: {label, help, value, tiles: [{value, title, tip, picture}]}, setTriggerValue: Function}} component
 * @returns {() => void} cleanup
 */
export function mount({ parentElement, data, setTriggerValue }) {
  const style = element("link", { rel: "stylesheet", href: new URL("./tiles.css", import.meta.url).href });
  const group = element("div", { class: "tiles", role: "radiogroup", "aria-label": data.label, title: data.help });
  group.style.visibility = "hidden"; // until the style sheet is there
  style.addEventListener("load", () => { group.style.visibility = ""; });
  const choose = (value) => { if (value !== data.value) setTriggerValue("value", value); };
  data.tiles.forEach((tile) => group.append(makeTile(tile, tile.value === data.value, choose)));
  group.addEventListener("keydown", (event) => moveFocus(event, group));
  parentElement.querySelectorAll(".tiles, link").forEach((old) => old.remove());
  parentElement.append(style, group);
  return () => {};
}

function makeTile({ value, title, tip, picture }, chosen, choose) {
  const name = title.replaceAll("\u00ad", ""); // where a long word may break is for the eye only
  return element(
    "button",
    { type: "button", class: "tile", role: "radio", "aria-checked": String(chosen), "aria-label": name, title: tip || name, tabindex: chosen ? "0" : "-1", on: { click: () => choose(value) } },
    picture ? element("img", { src: picture, alt: "" }) : element("span", { class: "tile-text", text: title }),
    element("span", { class: "tile-name", text: title }),
  );
}

/** Arrows move between tiles as in any radio group; Enter or Space chooses. */
function moveFocus(event, group) {
  const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!way) return;
  const tiles = [...group.children];
  const next = tiles[(tiles.indexOf(event.composedPath()[0]) + way + tiles.length) % tiles.length];
  event.preventDefault();
  next.focus();
}
