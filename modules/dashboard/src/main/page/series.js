/**
 * Figures of the last minutes: for each key (a server, an upstream) the same fields at the same times. Room is for so many
 * times; then the oldest make room, and a key that none of them has is forgotten. So it never grows.
 */
export class Series {
  #capacity;
  #fields;
  #times;
  #next = 0;
  #size = 0;
  #rows = new Map();
  #mostKeys;

  constructor(fields, capacity = 600, mostKeys = 3000) {
    this.#fields = fields;
    this.#capacity = capacity;
    this.#mostKeys = mostKeys;
    this.#times = new Float64Array(capacity);
  }

  get size() {
    return this.#size;
  }

  get keys() {
    return this.#rows.size;
  }

  /** The newest time, in seconds; 0 where there is none. */
  get now() {
    return this.#size === 0 ? 0 : this.#times[(this.#next + this.#capacity - 1) % this.#capacity];
  }

  /** Adds what there is at a time (in seconds): pairs of a key and its fields, in their order. */
  push(time, entries) {
    if (time <= this.now) {
      if (time > this.now - 5) {
        return;
      }
      // Another clock: what there was has no place on it.
      this.#size = 0;
      this.#next = 0;
      this.#rows.clear();
    }
    const slot = this.#next;
    this.#times[slot] = time;
    for (const row of this.#rows.values()) {
      row.values.fill(NaN, slot * this.#fields.length, (slot + 1) * this.#fields.length);
    }
    for (const [key, values] of entries) {
      let row = this.#rows.get(key);
      if (!row) {
        if (this.#rows.size >= this.#mostKeys) {
          continue;
        }
        row = { values: new Float32Array(this.#capacity * this.#fields.length).fill(NaN), seen: time };
        this.#rows.set(key, row);
      }
      row.seen = time;
      values.forEach((value, i) => {
        row.values[slot * this.#fields.length + i] = value ?? NaN;
      });
    }
    this.#next = (slot + 1) % this.#capacity;
    this.#size = Math.min(this.#size + 1, this.#capacity);
    const oldest = this.#times[(this.#next + this.#capacity - this.#size) % this.#capacity];
    for (const [key, row] of this.#rows) {
      if (row.seen < oldest) {
        this.#rows.delete(key);
      }
    }
  }

  /** Times, oldest first, then the values of each of the fields; null where there is none. */
  columns(key, fields, most = this.#capacity) {
    const row = this.#rows.get(key);
    const n = Math.min(most, this.#size);
    const columns = [new Array(n), ...fields.map(() => new Array(n))];
    const at = fields.map(field => this.#fields.indexOf(field));
    for (let i = 0; i < n; i++) {
      const slot = (this.#next + 2 * this.#capacity - n + i) % this.#capacity;
      columns[0][i] = this.#times[slot];
      for (let f = 0; f < at.length; f++) {
        const value = row ? row.values[slot * this.#fields.length + at[f]] : NaN;
        columns[f + 1][i] = Number.isNaN(value) ? null : value;
      }
    }
    return columns;
  }
}
