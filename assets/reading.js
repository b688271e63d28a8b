/** Fields whose parts are read by pointer or by arrow keys. */

/**
 * Their listeners. What was pointed at by keys goes with the focus, what by pointer with the pointer: a pointer at rest takes
 * nothing away when the page moves under it, from this field or another.
 * @param {{hover: (event: PointerEvent) => void, key: (event: KeyboardEvent) => void, leave: () => void}} actions `key`
 *   prevents the default of those that it takes
 */
export function readBy({ hover, key, leave }) {
  let by = null;
  const end = (means) => by === means && ((by = null), leave());
  return {
    pointermove: (event) => ((by = "pointer"), hover(event)),
    keydown: (event) => (key(event), event.defaultPrevented && (by = "keys")),
    pointerleave: () => end("pointer"),
    blur: () => end("keys"),
  };
}
