/** The buttons of the drawing pad act at once, and the toolbar of the pad's component, which lies over it, goes. */

const TELL = Symbol.for("playground.pad");
const SHEETS = '[class*="-pad-canvas-"]';
const TURNED = "flex";
const HOLD_MS = 3000; // a press may get lost; the pad must not stay shut
const NAME = "Drawing pad, for mouse, finger or pen. By keyboard: the samples under “Pen, samples, pictures”.";
const bare = new CSSStyleSheet();
bare.replaceSync(".dc-toolbar { display: none !important; }");

/** @param {{parentElement: ShadowRoot, setStateValue: Function}} component */
export function mount({ parentElement, setStateValue }) {
  const pad = parentElement.host.closest('[class*="-pad"][data-testid="stVerticalBlock"]');
  const isHeard = pad[TELL];
  pad[TELL] = setStateValue;
  if (isHeard) return;
  new MutationObserver(() => strip(pad)).observe(pad, { childList: true, subtree: true });
  pad.addEventListener("click", (event) => act(pad, event), true);
  pad.closest('[data-testid="stColumn"]').addEventListener("click", (event) => event.target.closest('[class*="-pad-sample"]') && hold(pad), true);
  strip(pad);
}

/** The document's own rules do not reach into a component, and its canvases have no name. One just laid may have no root yet. */
function strip(pad) {
  const sheets = [...pad.querySelectorAll(SHEETS)];
  for (const sheet of sheets) {
    sheet.setAttribute("role", "group");
    sheet.setAttribute("aria-label", NAME);
  }
  const roots = sheets.map(rootOf);
  for (const root of roots.filter((root) => root && !root.adoptedStyleSheets.includes(bare))) {
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, bare];
  }
  if (roots.includes(undefined)) requestAnimationFrame(() => strip(pad));
}

/** Clears the pad or takes a stroke back. The press is stopped there, and the server hears of it as of any stroke. */
function act(pad, event) {
  const isUndo = event.target.closest('[class*="-pad-undo"]');
  if (!isUndo && !event.target.closest('[class*="-pad-clear"]')) return;
  const [top, below] = pad.querySelectorAll(SHEETS);
  const sheet = inSight(pad);
  if (isUndo || sheet.style.display === TURNED) { // one that was turned to was laid empty
    const name = isUndo ? "Undo" : "Reset canvas & history";
    const button = rootOf(sheet)?.querySelector(`[aria-label="${name}"]`);
    if (!button || button.disabled) return; // the stroke came with the sheet: the server takes it back
    button.click();
  } else if (below && rootOf(below)?.querySelector("canvas")) {
    top.style.display = "none";
    below.style.display = TURNED;
    pad[TELL]("sheet", Number(/-canvas-(\d+)/.exec(below.className)[1])); // unlike a press it cannot get lost
  } else return hold(pad);
  event.stopPropagation();
}

function inSight(pad) {
  const [top, below] = pad.querySelectorAll(SHEETS);
  return top.style.display === "none" ? below : top; // turned, and the server has not answered yet
}

/** Takes no stroke on a sheet that the server is about to replace: it would be lost. The next sheet is another element. */
function hold(pad) {
  const sheet = inSight(pad);
  sheet.inert = true;
  setTimeout(() => (sheet.inert = false), HOLD_MS);
}

/** Where the component keeps what it has drawn; undefined until it has begun. */
function rootOf(sheet) {
  return sheet.querySelector('[data-testid="stBidiComponentIsolated"]')?.shadowRoot ?? undefined;
}
