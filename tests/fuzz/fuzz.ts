// Fuzzing: inputs made from a grammar or by harming good ones, a property that must hold for each, and
// what each costs in time and all of them in memory. Seeds are told, so that every finding can be had again.
import fc from "fast-check";
import { KrustError } from "../../src/core/error.ts";

/** A parser under attack. */
export interface FuzzTarget {
  /** What is attacked. */
  readonly name: string;
  /** Makes inputs and tries them. */
  run(options: FuzzOptions): Promise<FuzzResult>;
}

/** How much is tried. */
export interface FuzzOptions {
  /** Inputs at most. */
  readonly count: number;
  /** Milliseconds at most; no limit if not given. */
  readonly time?: number;
  /** Of the first {@linkcode BATCH} inputs; each further batch has the next number. */
  readonly seed: number;
  /** Milliseconds that any input may take; not looked at if not given, as other work shows in it. */
  readonly slowest?: number;
}

/** What came of it. */
export interface FuzzResult {
  readonly name: string;
  readonly inputs: number;
  /** Milliseconds that the slowest input took. */
  readonly slowest: number;
  /** That input, as text. */
  readonly slowestInput: string;
  /** Bytes by which the process grew at most after the first inputs. */
  readonly growth: number;
  /** The seed with which another run goes on where this one ended. */
  readonly next: number;
  /** What is wrong, with seed and smallest input; undefined where nothing is. */
  readonly finding?: string;
}

/** Inputs to a seed. */
export const BATCH = 1_000;

/** Batches after which the process has what it needs, and between two looks at its memory. */
const WARM = 10;

/** How often an input that seems slow is tried again. */
const AGAIN = 8;

/**
 * A target.
 *
 * @param check tries an input: it throws for a property that does not hold. A `KrustError` is how a
 * parser is to refuse, and no failure.
 */
export function target<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  check: (input: Input) => void | Promise<void>,
): FuzzTarget {
  return { name, run: (options) => new Attack(name, inputs, check, options).run() };
}

class Attack<Input> {
  readonly #name: string;
  readonly #arbitrary: fc.Arbitrary<Input>;
  readonly #check: (input: Input) => void | Promise<void>;
  readonly #options: FuzzOptions;
  readonly #memory = new Memory();
  #inputs = 0;
  #slowest = 0;
  #slowestInput: Input | undefined;

  constructor(
    name: string,
    arbitrary: fc.Arbitrary<Input>,
    check: (input: Input) => void | Promise<void>,
    options: FuzzOptions,
  ) {
    this.#name = name;
    this.#arbitrary = arbitrary;
    this.#check = check;
    this.#options = options;
  }

  async run(): Promise<FuzzResult> {
    const { count, time = Infinity, seed } = this.#options;
    const end = performance.now() + time;
    let next = seed;
    let finding: string | undefined;
    while (finding === undefined && this.#inputs < count && performance.now() < end) {
      const size = Math.min(BATCH, count - this.#inputs);
      finding = await this.#batch(next, size);
      next++;
      if ((next - seed) % WARM === 0) this.#memory.look();
    }
    return {
      name: this.#name,
      inputs: this.#inputs,
      slowest: this.#slowest,
      slowestInput: this.#slowestInput === undefined
        ? ""
        : fc.stringify(this.#slowestInput).slice(0, 300),
      growth: this.#memory.growth,
      next,
      ...(finding === undefined ? {} : { finding }),
    };
  }

  /** Tries the inputs of one seed; gives what is wrong with the first that fails, made small. */
  async #batch(seed: number, size: number): Promise<string | undefined> {
    for (const input of fc.sample(this.#arbitrary, { seed, numRuns: size })) {
      this.#inputs++;
      const failure = await this.#try(input);
      if (failure !== undefined) return await this.#shrunk(seed, size, input, failure.error);
    }
    return undefined;
  }

  async #try(input: Input): Promise<{ readonly error: unknown } | undefined> {
    const { slowest = Infinity } = this.#options;
    try {
      let took = await this.#timed(input);
      // Others use this machine, too: what is really slow is slow each time.
      for (let again = 0; took > this.#slowest && again < AGAIN; again++) {
        took = Math.min(took, await this.#timed(input));
      }
      if (took > this.#slowest) {
        this.#slowest = took;
        this.#slowestInput = input;
      }
      if (took > slowest) throw new Error(`it takes ${took.toFixed(0)} ms`);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  async #timed(input: Input): Promise<number> {
    const start = performance.now();
    try {
      const checking = this.#check(input);
      if (checking instanceof Promise) await checking;
    } catch (error) {
      if (!(error instanceof KrustError)) throw error;
    }
    return performance.now() - start;
  }

  /** Says what is wrong: of the smallest input that fails too, or of this one where none does. */
  async #shrunk(seed: number, numRuns: number, input: Input, error: unknown): Promise<string> {
    const property = fc.asyncProperty(this.#arbitrary, async (input) => {
      const failure = await this.#try(input);
      if (failure !== undefined) throw failure.error;
    });
    const { failed, counterexample, counterexamplePath, errorInstance } = await fc.check(property, {
      seed,
      numRuns,
    });
    const [smallest, reason] = failed && counterexample !== null
      ? [counterexample[0], errorInstance]
      : [input, error];
    const told = reason instanceof Error ? reason.stack ?? reason.message : String(reason);
    return `seed ${seed}, path ${counterexamplePath}: ` +
      `${fc.stringify(smallest).slice(0, 2_000)}\n${told.slice(0, 1_500)}`;
  }
}

/** How much the process grows, beyond what a first look saw. */
class Memory {
  #first: number | undefined;
  #most = 0;

  /** Takes a look, after the rubbish is out where V8 lets us have it taken (`--expose-gc`). */
  look(): void {
    const collect: unknown = Reflect.get(globalThis, "gc");
    if (typeof collect === "function") Reflect.apply(collect, globalThis, []);
    const { rss } = Deno.memoryUsage();
    this.#first ??= rss;
    this.#most = Math.max(this.#most, rss - this.#first);
  }

  /** Bytes. */
  get growth(): number {
    return this.#most;
  }
}
