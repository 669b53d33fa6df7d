// Fuzzing: inputs made from a grammar or by harming good ones, a property that must hold for each, and
// the time that each takes. Seeds are told, so that every finding can be had again.
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
  /** What is wrong, with seed and smallest input; undefined where nothing is. */
  readonly finding?: string;
}

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
  return { name, run: (options) => attack(name, inputs, check, options) };
}

async function attack<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  check: (input: Input) => void | Promise<void>,
  { count, time, seed, slowest = Infinity }: FuzzOptions,
): Promise<FuzzResult> {
  const seen = { inputs: 0, slowest: 0, slowestInput: "" };
  const timed = async (input: Input): Promise<number> => {
    const start = performance.now();
    try {
      await check(input);
    } catch (error) {
      if (!(error instanceof KrustError)) throw error;
    }
    return performance.now() - start;
  };
  const property = fc.asyncProperty(inputs, async (input) => {
    seen.inputs++;
    let took = await timed(input);
    // Others use this machine, too: what is really slow is slow each time.
    for (let again = 0; took > slowest / 2 && again < 3; again++) {
      took = Math.min(took, await timed(input));
    }
    if (took > seen.slowest) {
      seen.slowest = took;
      seen.slowestInput = fc.stringify(input).slice(0, 300);
    }
    if (took > slowest) throw new Error(`it takes ${took.toFixed(0)} ms`);
  });
  const result = await fc.check(property, {
    numRuns: count,
    seed,
    ...(time === undefined ? {} : { interruptAfterTimeLimit: time }),
  });
  const failed = result.failed && result.counterexample !== null;
  const reason = result.errorInstance instanceof Error
    ? result.errorInstance.stack ?? result.errorInstance.message
    : String(result.errorInstance);
  return {
    name,
    ...seen,
    ...(failed
      ? {
        finding: `seed ${result.seed}, path ${result.counterexamplePath}: ` +
          `${fc.stringify(result.counterexample).slice(0, 2_000)}\n${reason.slice(0, 1_500)}`,
      }
      : {}),
  };
}
