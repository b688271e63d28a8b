/** Numbers as text: the same number looks the same everywhere. */

const counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const MISSING = "–";
const MOST_DECIMALS = 12;

const missing = (value) => value === null || value === undefined || Number.isNaN(value);

/** A true minus sign has the width of a digit, so columns of numbers stay in line. */
const withMinus = (text) => text.replaceAll("-", "\u2212");

/** 12345 -> "12,345". */
export function count(value) {
  return missing(value) ? MISSING : counts.format(value);
}

/** Three significant digits at least: 0.214, 12.3, 4.1e-5. */
export function number(value) {
  if (missing(value)) return MISSING;
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : "\u2212\u221e";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001 || size >= 1e5) return withMinus(value.toExponential(1).replace("e+", "e"));
  const digits = size < 0.1 ? 4 : size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0;
  return withMinus(value.toFixed(digits));
}

/** Losses and scores on screen: as `number`, with at most three decimals where that still tells something. */
export function loss(value) {
  const size = Math.abs(value);
  return size >= 0.01 && size < 1000 ? withMinus(value.toFixed(3)) : number(value);
}

/** A value on an axis, with the digits that its spread needs: 1999.52 of years, 118250 of prices. */
export function onAxis(value, axis) {
  const decimals = Math.floor(3 - Math.log10(axis.scale));
  if (decimals > MOST_DECIMALS || Math.abs(value) >= 1e15) return number(value);
  return withMinus(value.toFixed(Math.max(0, decimals)));
}

/** 0.874 -> "87%"; from 99% on one decimal, for there each point counts. */
export function percent(share) {
  if (missing(share)) return MISSING;
  const value = 100 * share;
  return `${value >= 99 && value < 100 ? Math.min(value, 99.9).toFixed(1) : value.toFixed(0)}%`;
}

/** A share in percent without its sign, at most four characters: 100, 99.9, 97, 3.1, 0.02, 1e−5, 0. */
export function points(share) {
  const value = 100 * share;
  if (value >= 99) return percent(share).slice(0, -1);
  if (value >= 9.95) return value.toFixed(0);
  if (value >= 0.095) return value.toFixed(1);
  if (value >= 0.0095) return value.toFixed(2);
  return value < 1e-9 ? "0" : withMinus(value.toExponential(0));
}

/** A probability in full: 0.9987, 4.1e-5. */
export function probability(share) {
  return share < 0.001 ? number(share) : share.toFixed(4);
}

/** A value inside a unit's picture: at most five characters. */
export function short(value) {
  if (missing(value)) return MISSING;
  const size = Math.abs(value);
  return withMinus(size < 10 ? value.toFixed(2) : size < 100 ? value.toFixed(1) : number(value));
}

/** 75 -> "1:15", 7.2 -> "7.2 s". */
export function duration(seconds) {
  if (missing(seconds)) return MISSING;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
