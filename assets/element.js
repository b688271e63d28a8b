/** DOM elements. Data reaches the page only through textContent and attributes, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element.
 * @param {string} tag
 * @param {Object<string, any>} [attributes] `text` sets textContent, `on` maps event names to listeners; null, undefined
 *   and false leave an attribute out.
 * @param {...Node} children
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name === "on") listen(node, value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Makes an SVG element with these attributes. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Adds listeners: `{click: fn, keydown: fn}`. */
export function listen(node, listeners) {
  for (const [type, listener] of Object.entries(listeners)) node.addEventListener(type, listener);
}

/** Sets text only when it differs: an equal text costs no layout and is not announced again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Lists these texts in a `select`, unless they stand there, and shows the chosen one; their values count from 0. */
export function setOptions(select, texts, chosen) {
  const key = texts.join("\n");
  if (select.key !== key) {
    select.key = key;
    select.replaceChildren(...texts.map((text, k) => element("option", { value: k, text })));
  }
  if (select.value !== String(chosen)) select.value = String(chosen);
}

/** Sets an attribute only when it differs; null removes it. */
export function setAttribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Text that changes with every frame is read aloud only while the run stands still. */
export function quietly(node, frame) {
  setAttribute(node, "aria-live", frame.status === "playing" ? "off" : "polite");
}

const ICONS = {
  rewind: "M5 4h3v16H5zM20 4v16L9 12z",
  reset: "M12 5V1L6.5 6.5 12 12V8a5 5 0 1 1-5 5H4a8 8 0 1 0 8-8z",
  step: "M5 4l10 8-10 8zM16 4h3v16h-3z",
  batch: "M9 6l7 6-7 6zM17 6h2v12h-2zM4 11h3v2H4z",
  play: "M6 3l15 9-15 9z",
  pause: "M6 4h4.5v16H6zM13.5 4H18v16h-4.5z",
  branch:
    "M6 3a3 3 0 0 1 1.5 5.6V12c3-2.6 6-2 7.500-4.500A3 3 0 1 1 18 9c-1.600 4.600-7 3.400-10.500 6.800A3 3 0 1 1 4.500 15.400V8.600A3 3 0 0 1 6 3z",
  newest: "M4 4l8 8-8 8zM12 4l8 8-8 8z",
  close:
    "M5 6.400 6.400 5 12 10.600 17.600 5 19 6.400 13.400 12 19 17.600 17.600 19 12 13.400 6.400 19 5 17.600 10.600 12z",
};

/** A decorative icon; the control around it carries the name. */
export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" }, svg("path", { d: ICONS[name] }));
}
