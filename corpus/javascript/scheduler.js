'use strict';

/** A heap of timers, smallest deadline first. */
export class TimerHeap {
  #items = [];
  static #next = 1;

  get size() {
    return this.#items.length;
  }

  push(deadline, action) {
    const timer = { id: TimerHeap.#next++, deadline, action };
    this.#items.push(timer);
    let i = this.#items.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#items[parent].deadline <= timer.deadline) break;
      this.#items[i] = this.#items[parent];
      i = parent;
    }
    this.#items[i] = timer;
    return timer.id;
  }

  pop() {
    const [first] = this.#items;
    const last = this.#items.pop();
    if (this.#items.length === 0 || first === undefined) {
      return first;
    }
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.#items.length) break;
      if (this.#items[child + 1]?.deadline < this.#items[child].deadline) child++;
      if (this.#items[child].deadline >= last.deadline) break;
      this.#items[i] = this.#items[child];
      i = child;
    }
    this.#items[i] = last;
    return first;
  }

  *[Symbol.iterator]() {
    yield* [...this.#items].sort((a, b) => a.deadline - b.deadline);
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function run(heap, { now = Date.now, limit = Infinity, ...rest } = {}) {
  let done = 0;
  while (heap.size > 0 && done < limit) {
    const timer = heap.pop();
    const late = now() - timer.deadline;
    if (late < 0) {
      await sleep(-late);
    }
    try {
      await timer.action?.({ late: Math.max(0, late), ...rest });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      console.warn(`timer ${timer.id} skipped: ${error.message.replace(/\s+/g, ' ')}`);
    } finally {
      done += 1;
    }
  }
  return done;
}

const label = (n) => (n % 15 === 0 ? 'both' : n % 5 === 0 ? 'five' : n % 3 === 0 ? 'three' : `${n}`);

outer: for (const x of [1, 2, 3]) {
  for (let y = 0; ; y++) {
    if (x * y > 4) continue outer;
    if (y === 3) break outer;
  }
}

switch (label(30)) {
  case 'both':
  case 'five': {
    const mask = 0xff & ~0b1010 ^ 0o17;
    void mask;
    break;
  }
  default:
    delete globalThis.unused;
}

export default { label, version: 1_000n, [`computed${1 + 1}`]: function* () {}, async *stream() {} };
