/**
 * The token that this tab's run on this page had last: whoever shows it gets the run back after a reload or when the
 * server was started anew. It stays in this tab; no link and no log carries it.
 *
 * A link that is opened anew begins anew: only a reload, the way back and a tab that the browser had put to sleep resume.
 */

const PREFIX = "playground.token.";

forget();

function forget() {
  const [entry] = performance.getEntriesByType("navigation");
  if (entry?.type !== "navigate" || document.wasDiscarded) return;
  attempt(() => {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  });
}

/** Remembers `token` for this page; returns the one before, or empty text when there is none. */
export function exchange(token) {
  const name = PREFIX + location.pathname;
  const before = attempt(() => sessionStorage.getItem(name)) ?? "";
  attempt(() => sessionStorage.setItem(name, token));
  return before === token ? "" : before;
}

/** A browser may forbid storage; then a reload begins anew. */
function attempt(action) {
  try {
    return action();
  } catch {
    return null;
  }
}
