/** The page's colors, read from Streamlit's CSS variables, as values that a canvas can use. */

import { mix, parseColor, toCss } from "./colors.js";

const DARK_BELOW = 0.4; // relative luminance of the background

/**
 * @typedef {Object} Theme
 * @property {boolean} dark
 * @property {string} text @property {string} background @property {string} secondary @property {string} primary
 * @property {string} onPrimary text on the primary color
 * @property {string} muted text of second rank, at least 4.5:1 on the background
 * @property {string} line axes and outlines, at least 3:1
 * @property {string} grid lines that may fade
 * @property {string} ghost the run before
 * @property {string} font
 * @property {number[]} backgroundRgb
 */

/** @returns {Theme} */
export function readTheme(node) {
  const style = getComputedStyle(node);
  const read = (name, fallback) => parseColor(style.getPropertyValue(name).trim() || fallback);
  const text = read("--st-text-color", "#31333f");
  const background = read("--st-background-color", "#ffffff");
  const dark = luminance(background) < DARK_BELOW;
  const primary = read("--st-primary-color", "#0072b2");
  return {
    dark,
    text: toCss(text),
    background: toCss(background),
    secondary: toCss(read("--st-secondary-background-color", dark ? "#262730" : "#f0f2f6")),
    primary: toCss(primary),
    onPrimary: luminance(primary) > 0.28 ? "#000000" : "#ffffff",
    muted: toCss(mix(background, text, 0.78)),
    line: toCss(mix(background, text, 0.6)),
    grid: toCss(mix(background, text, 0.14)),
    ghost: toCss(mix(background, text, 0.55)),
    font: style.getPropertyValue("--st-font").trim() || "system-ui, sans-serif",
    backgroundRgb: background,
  };
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
