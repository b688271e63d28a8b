/** A choice among pictures: radio buttons whose labels are thumbnails. */

import { element } from "./element.js";

/**
 * @param {{parentElement: ShadowRoot, data: {label, help, value, tiles: [{value, title, tip, picture}]}, setTriggerValue: Function}} component
 * @returns {() => void} cleanup
 */
export function mount({ parentElement, data, setTriggerValue }) {
  const made = JSON.stringify(data.tiles);
  let group = parentElement.querySelector(".tiles");
  if (group?.made !== made) group = build(parentElement, data, made);
  group.choose = (value) => { if (value !== data.value) setTriggerValue("value", value); };
  for (const tile of group.children) { // not made anew, or the focus would be lost with the choice
    const chosen = tile.dataset.value === data.value;
    tile.setAttribute("aria-checked", String(chosen));
    tile.tabIndex = chosen ? 0 : -1;
  }
  if (!data.tiles.some(({ value }) => value === data.value)) group.firstElementChild.tabIndex = 0;
  return () => {};
}

function build(parent, data, made) {
  const style = element("link", { rel: "stylesheet", href: new URL("./tiles.css", import.meta.url).href });
  const group = element("div", { class: "tiles", role: "radiogroup", "aria-label": data.label, title: data.help });
  group.style.visibility = "hidden"; // until the style sheet is there
  style.addEventListener("load", () => { group.style.visibility = ""; });
  group.made = made;
  group.append(...data.tiles.map((tile) => makeTile(tile, (value) => group.choose(value))));
  group.addEventListener("keydown", (event) => moveFocus(event, group));
  parent.querySelectorAll(".tiles, link").forEach((old) => old.remove());
  parent.append(style, group);
  return group;
}

function makeTile({ value, title, tip, picture }, choose) {
  const name = title.replaceAll("\u00ad", ""); // where a long word may break is for the eye only
  return element(
    "button",
    { type: "button", class: "tile", role: "radio", "data-value": value, "aria-label": name, title: tip || name, on: { click: () => choose(value) } },
    picture ? element("img", { src: picture, alt: "" }) : element("span", { class: "tile-text", text: title }),
    element("span", { class: "tile-name", text: title }),
  );
}

/** Arrows move between tiles; Enter or Space chooses. */
function moveFocus(event, group) {
  const tiles = [...group.children];
  const across = tiles.filter(({ offsetTop }) => offsetTop === tiles[0].offsetTop).length;
  const way = { ArrowRight: 1, ArrowDown: across, ArrowLeft: -1, ArrowUp: -across }[event.key];
  if (!way) return;
  event.preventDefault();
  const next = tiles.indexOf(event.composedPath()[0]) + way;
  (tiles[next] ?? (Math.abs(way) === 1 ? tiles.at(next % tiles.length) : null))?.focus();
}
