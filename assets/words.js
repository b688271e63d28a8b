/** What a page's run counts, in the words of its charts. */

import { count } from "./format.js";

/** @typedef {{axis: string, past: string, log: string, at: (n: number) => string}} Words */

export const EPOCHS = { axis: "epoch", past: "any past epoch", log: "Log epochs", at: (n) => `epoch ${count(n)}` };
export const TREES = { axis: "trees", past: "any earlier number of trees", log: "Log trees", at: (n) => `${count(n)} ${n === 1 ? "tree" : "trees"}` };
export const ROUNDS = { axis: "rounds", past: "any earlier round", log: "Log rounds", at: (n) => `round ${count(n)}` };
