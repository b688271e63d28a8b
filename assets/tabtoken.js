/**
 * What this tab remembers of a page: the token that its run had last, with which it gets the run back after a reload or
 * when the server was started anew; and what was predicted. Both stay in this tab; no link and no log carries them.
 *
 * A page whose link is opened anew begins anew: only a reload, the way back and a tab that the browser had put to sleep
 * resume. The tab's runs on other pages wait for that.
 */

const PREFIX = "playground.token.";
const SAID = "playground.said.";
const LAST = "playground.last";

forget();

function forget() {
  const [entry] = performance.getEntriesByType("navigation");
  if (entry?.type !== "navigate" || document.wasDiscarded) return;
  attempt(() => {
    sessionStorage.removeItem(PREFIX + location.pathname);
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(SAID + location.pathname)) sessionStorage.removeItem(name);
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

/** Remembers the answer to a question of this page. */
export function remember(question, answer) {
  attempt(() => sessionStorage.setItem(SAID + location.pathname + question, answer));
}

/** The answer given to a question before a reload; empty without one. */
export function recall(question) {
  return attempt(() => sessionStorage.getItem(SAID + location.pathname + question)) ?? "";
}

/** A browser may forbid storage; then a reload begins anew and nothing is recalled. */
function attempt(action) {
  try {
    return action();
  } catch {
    return null;
  }
}
