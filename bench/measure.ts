// Runs programs to their end and says what they took; medians, spreads and ratios of such runs.

/** What one run took. */
export interface Taken {
  /** Milliseconds from start to end. */
  readonly wall: number;
  /** Milliseconds of processor time, all processes of the run together. */
  readonly cpu: number;
  /** The largest resident set of a process of the run, in bytes. */
  readonly peak: number;
}

/** A program and where it runs. */
export interface Run {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Where it runs. */
  readonly cwd: string;
  /** Variables on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** GNU time, which asks the system about all processes that were waited for. */
const TIME = "/usr/bin/time";

/**
 * Runs a program under GNU time.
 *
 * @throws {Error} with all it said, where it fails.
 */
export async function timed({ argv, cwd, env = {} }: Run): Promise<Taken> {
  const report = await Deno.makeTempFile({ prefix: "krust-bench-" });
  try {
    const start = performance.now();
    const { success, stdout, stderr } = await new Deno.Command(TIME, {
      args: ["-o", report, "-f", "%U %S %M", ...argv],
      cwd,
      env,
      stdin: "null",
    }).output();
    const wall = performance.now() - start;
    const decoder = new TextDecoder();
    if (!success) {
      throw new Error(
        `${argv.join(" ")} failed:\n${decoder.decode(stdout)}${decoder.decode(stderr)}`,
      );
    }
    const said = (await Deno.readTextFile(report)).trim().split("\n").at(-1) ?? "";
    const [user = 0, system = 0, kilobytes = 0] = said.split(" ").map(Number);
    return { wall, cpu: (user + system) * 1_000, peak: kilobytes * 1_024 };
  } finally {
    await Deno.remove(report);
  }
}

/** Several runs of the same. */
export interface Series {
  /** The runs. */
  readonly runs: readonly Taken[];
  /** The middle of each figure. */
  readonly median: Taken;
  /** Shortest and longest time, in milliseconds. */
  readonly spread: readonly [shortest: number, longest: number];
}

/** Sums up runs, of which there must be one. */
export function series(runs: readonly Taken[]): Series {
  const middle = (figure: keyof Taken): number => median(runs.map((run) => run[figure]));
  const walls = runs.map(({ wall }) => wall);
  return {
    runs,
    median: { wall: middle("wall"), cpu: middle("cpu"), peak: middle("peak") },
    spread: [Math.min(...walls), Math.max(...walls)],
  };
}

/** The middle one of some numbers; the mean of the two where there are two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  const [low = NaN, high = low] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return (low + high) / 2;
}
