/** Color arithmetic and look-up tables: a byte of a picture -> a pixel. The colors themselves come from the scene's palette. */

const LEVELS = 256;
const MAP_SHARE = 0.64; // of a class color in the map: points of the full color stand out from it
const LINK_STEPS = 16; // shades on each side of zero

/** "#rrggbb", "#rgb" or "rgb(r, g, b)" -> [r, g, b]. */
export function parseColor(text) {
  if (text.startsWith("#")) {
    const digits = text.length < 7 ? [...text.slice(1, 4)].map((d) => d + d) : text.slice(1, 7).match(/../g);
    return digits.map((d) => parseInt(d, 16));
  }
  return (text.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);
}

/** Colors of signed values, from most negative to most positive, on a light or a dark page. */
export function signedStops(palette, dark) {
  return (dark ? palette.diverging_dark : palette.diverging_light).map(parseColor);
}

export function toCss([r, g, b], alpha = 1) {
  const [R, G, B] = [r, g, b].map(Math.round);
  return alpha === 1 ? `rgb(${R}, ${G}, ${B})` : `rgba(${R}, ${G}, ${B}, ${alpha})`;
}

/** `a` at share 0, `b` at share 1. */
export function mix(a, b, share) {
  return a.map((value, k) => value + (b[k] - value) * share);
}

/** The color at `position` (0 to 1) of evenly spaced stops. */
export function along(stops, position) {
  const at = Math.min(Math.max(position, 0), 1) * (stops.length - 1);
  const k = Math.min(Math.floor(at), stops.length - 2);
  return mix(stops[k], stops[k + 1], at - k);
}

/** One little-endian pixel, as ImageData holds it. */
function pixel([r, g, b]) {
  return ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
}

function table(colorAt) {
  return Uint32Array.from({ length: LEVELS }, (_, level) => pixel(colorAt(level / (LEVELS - 1))));
}

/** Bytes to pixels along a map of colors, given as texts. */
export function levelsOf(texts) {
  const stops = texts.map(parseColor);
  return table((position) => along(stops, position));
}

/**
 * Tables and colors for one palette and one theme.
 * @param {{classes: string[], diverging_light: string[], diverging_dark: string[], sequential: string[]}} palette
 * @param {import("./theme.js").Theme} theme
 */
export class Colors {
  /** `before` again while palette and theme are the same: the tables of a new run need not be computed anew. */
  static of(palette, theme, before) {
    return before?.palette === palette && before.theme === theme ? before : new Colors(palette, theme);
  }

  constructor(palette, theme) {
    Object.assign(this, { palette, theme });
    const classes = palette.classes.map(parseColor);
    const diverging = signedStops(palette, theme.dark);
    const neutral = diverging[(diverging.length - 1) / 2];
    this.classes = classes.map((rgb) => toCss(rgb));
    this.diverging = diverging;
    this.signed = table((position) => along(diverging, position));
    const ends = [mix(neutral, classes[0], MAP_SHARE), neutral, mix(neutral, classes[1], MAP_SHARE)];
    this.probability = table((position) => along(ends, position));
    this.strengths = classes.map((rgb) => table((position) => mix(neutral, rgb, 0.06 + (MAP_SHARE - 0.06) * position)));
    this.certainty = table((position) => mix(neutral, parseColor(theme.text), 0.85 * (1 - Math.abs(2 * position - 1))));
    this.doubt = table((position) => mix(neutral, parseColor(theme.text), 0.85 * (1 - position)));
    const amounts = palette.sequential.map(parseColor);
    this.amounts = table((position) => along(amounts, position)); // from none to most
    this.links = linkColors(diverging, theme);
  }

  /** The CSS color of a signed value in [-1, 1]. */
  ofSigned(value) {
    return toCss(along(this.diverging, (value + 1) / 2));
  }

  /** The CSS color of a link for |weight| as a share of the largest (0 to 1). */
  ofLink(weight, share) {
    const step = Math.round(Math.min(share, 1) * LINK_STEPS);
    return this.links[weight < 0 ? LINK_STEPS - step : LINK_STEPS + step];
  }
}

/** Two sides that end in the signed map's strong colors and meet in a grey that still stands out from the background. */
function linkColors(diverging, theme) {
  const middle = parseColor(theme.line);
  const pale = mix(theme.backgroundRgb, middle, 0.85);
  const ends = [diverging[1], diverging[diverging.length - 2]];
  return Array.from({ length: 2 * LINK_STEPS + 1 }, (_, k) => {
    const side = (k - LINK_STEPS) / LINK_STEPS;
    return toCss(mix(pale, ends[side < 0 ? 0 : 1], Math.min(1, Math.abs(side) * 1.8)));
  });
}

/** The table of a picture with two colors only: below and above the middle. */
export function discretized(levels) {
  const below = levels[24];
  const above = levels[LEVELS - 25];
  return Uint32Array.from(levels, (_, level) => (level < LEVELS / 2 ? below : above));
}
