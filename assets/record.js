/** The history of a run as columns that grow: what the curves, the table and the status sentence read. */

const FIRST_CAPACITY = 256;
let changes = 0; // of all records: one of another run never passes for this one

export class Record {
  constructor() {
    this.length = 0;
    this.names = [];
    this.columns = new Map();
    this.left = null; // what a branch or a rewind has cut off, for the ghost
    this.changed();
  }

  /** Tells those who draw it that it is no longer what it was. */
  changed() {
    this.version = ++changes;
  }

  /**
   * Replaces everything from row `from` on.
   * @param {string[]} names column names
   * @param {number} from index of the first new row
   * @param {Float64Array} rows row by row, `rows.length / names.length` of them
   */
  write(names, from, rows) {
    if (names.join() !== this.names.join()) this.#rename(names);
    const n = rows.length / names.length;
    const start = Math.min(from, this.length);
    if (start + n < this.length) this.left = this.#copy();
    this.#reserve(start + n);
    names.forEach((name, k) => {
      const column = this.columns.get(name);
      for (let i = 0; i < n; i++) column[start + i] = rows[i * names.length + k];
    });
    if (n > 0 || start !== this.length) this.changed();
    this.length = start + n;
  }

  has(name) {
    return this.columns.has(name);
  }

  /** One column; only the first `length` values count. */
  column(name) {
    return this.columns.get(name);
  }

  /** The value of a column at a row, NaN where there is none. */
  at(name, row) {
    return row >= 0 && row < this.length && this.has(name) ? this.columns.get(name)[row] : NaN;
  }

  /** The last row whose epoch is at most `epoch`; -1 without one. */
  rowOf(epoch) {
    const epochs = this.columns.get("epoch");
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (epochs[middle] <= epoch) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #copy() {
    const { length, names } = this;
    const columns = new Map(names.map((name) => [name, this.columns.get(name).slice(0, length)]));
    return Object.assign(new Record(), { length, names, columns });
  }

  #rename(names) {
    this.names = [...names];
    this.columns = new Map(names.map((name) => [name, new Float64Array(FIRST_CAPACITY)]));
    this.length = 0;
  }

  #reserve(n) {
    for (const [name, column] of this.columns) {
      if (column.length >= n) return;
      const longer = new Float64Array(Math.max(n, 2 * column.length));
      longer.set(column);
      this.columns.set(name, longer);
    }
  }
}
