/** Fields whose parts are read by pointer or by arrow keys. */

/**
 * Their listeners. A pointer at rest takes nothing from the keys when the page moves under it.
 * @param {{hover: (event: PointerEvent) => void, key: (event: KeyboardEvent) => void, leave: () => void}} actions `key`
 *   prevents the default of those that it takes
 */
export function readBy({ hover, key, leave }) {
  let byKeys = false;
  const point = (event) => ((byKeys = false), hover(event));
  const press = (event) => (key(event), (byKeys ||= event.defaultPrevented));
  return { pointermove: point, keydown: press, pointerleave: () => byKeys || leave(), blur: () => ((byKeys = false), leave()) };
}
