/** Fields whose parts are read by pointer or by arrow keys. */

/**
 * Their listeners. What was pointed at by keys goes with the focus, what by mouse with the pointer: a pointer at rest takes
 * nothing away when the page moves under it, from this field or another. A finger reads where it taps, and what it read
 * stays until another place is tapped.
 * @param {{hover: (event: PointerEvent) => void, key: (event: KeyboardEvent) => void, leave: () => void}} actions `key`
 *   prevents the default of those that it takes
 */
export function readBy({ hover, key, leave }) {
  let by = null;
  const end = (...means) => means.includes(by) && ((by = null), leave());
  const point = (event) => ((by = event.pointerType === "touch" ? "finger" : "pointer"), hover(event));
  return {
    pointerdown: point,
    pointermove: point,
    keydown: (event) => (key(event), event.defaultPrevented && (by = "keys")),
    pointerleave: () => end("pointer"),
    blur: () => end("keys", "finger"),
  };
}
