/** A queue of bounded length: what is pushed comes out in order, and nothing is ever moved. */
export class Ring<Entry> {
  readonly #ring: Entry[];
  readonly #mask: number;
  #first = 0;
  #end = 0;

  constructor(lengthMax: number) {
    const size = 2 ** Math.ceil(Math.log2(lengthMax + 1));
    this.#ring = new Array(size);
    this.#mask = size - 1;
  }

  push(entry: Entry): void {
    this.#ring[this.#end++ & this.#mask] = entry;
  }

  shift(): Entry {
    return this.#ring[this.#first++ & this.#mask]!;
  }
}
