// Work that is done once per key however many ask for it, failures excepted.

/** Remembers the promise made for a key; one that rejects is forgotten, so the next asker tries again. */
export class Once<Value> {
  readonly #promises = new Map<string, Promise<Value>>();

  /** The value for `key`, made by `make` if nobody has asked before. */
  get(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.#promises.get(key);
    if (known !== undefined) return known;
    const promise = make();
    this.#promises.set(key, promise);
    promise.catch(() => {
      if (this.#promises.get(key) === promise) this.#promises.delete(key);
    });
    return promise;
  }

  /** Forgets `key`, so that the next asker makes it anew. */
  forget(key: string): void {
    this.#promises.delete(key);
  }
}
