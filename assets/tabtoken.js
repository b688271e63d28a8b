/**
 * The token that this tab's run on this page had last: whoever shows it gets the run back after a reload or when the
 * server was started anew. It stays in this tab; no link and no log carries it.
 *
 * A link that is opened anew begins anew: only a reload, the way back and a tab that the browser had put to sleep resume.
 */

const PREFIX = "playground.token.";
const LAST = "playground.last";

forget();

function forget() {
  const [entry] = performance.getEntriesByType("navigation");
  if (entry?.type !== "navigate" || document.wasDiscarded) return;
  attempt(() => {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  });
}

/**
 * Remembers `token` for this page.
 * @returns {{before: string, beside: string}} the token whose run goes on, and the last one of this tab on any page, which
 *   keeps the number of the seat; each may be empty
 */
export function exchange(token) {
  const name = PREFIX + location.pathname;
  const [before, beside] = [name, LAST].map((key) => attempt(() => sessionStorage.getItem(key)) ?? "");
  attempt(() => [name, LAST].forEach((key) => sessionStorage.setItem(key, token)));
  return { before: before === token ? "" : before, beside: beside === token ? "" : beside };
}

/** A browser may forbid storage; then a reload begins anew. */
function attempt(action) {
  try {
    return action();
  } catch {
    return null;
  }
}
