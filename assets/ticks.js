/** Round numbers along an axis. */

/** Ticks at 1, 2 or 5 times a power of ten: `ticks(0, 10, 5)` is [0, 2, 4, 6, 8, 10]. */
export function ticks(low, high, about) {
  const raw = (high - low) / Math.max(1, about);
  if (!(raw > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((k) => k * power >= raw * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** Powers of ten inside [low, high]; with less than two of them also 2 and 5 times them. */
export function logTicks(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) found.push(10 ** power);
  const inside = (values) => values.filter((value) => value >= low * 0.999 && value <= high * 1.001);
  const powers = inside(found);
  if (powers.length > 4) return powers.filter((_, k) => (powers.length - 1 - k) % Math.ceil(powers.length / 4) === 0);
  return powers.length >= 2 ? powers : inside(found.flatMap((p) => [p, 2 * p, 5 * p]));
}

/** A tick's label without needless zeros: 0.25, 120000, 1.5e6, 2e−5. */
export function tickLabel(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const short = Number(value.toPrecision(6));
  const text = size >= 1e6 || size < 1e-3 ? short.toExponential().replace("e+", "e") : String(short);
  return text.replaceAll("-", "\u2212");
}

/** Epochs on an axis: 1500 -> "1.5k", 2000000 -> "2M". */
export function epochLabel(value) {
  if (value >= 1e6) return `${tickLabel(value / 1e6)}M`;
  return value >= 10000 ? `${tickLabel(value / 1000)}k` : tickLabel(value);
}
