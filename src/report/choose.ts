// Which renderer, and whether in colour: a pure choice from the flags and what the terminal can do.

/** Values of the progress flag (spec.md, "build"). */
export const PROGRESS = ["auto", "bar", "plain", "json", "none"] as const;

/** One of {@linkcode PROGRESS}. */
export type Progress = typeof PROGRESS[number];

/** What the choice is made from. */
export interface Circumstances {
  /** What was asked for. */
  readonly progress: Progress;
  /** Whether to be quiet. */
  readonly quiet: boolean;
  /** Whether standard error is a terminal. */
  readonly terminal: boolean;
  /** Reads the environment: `CI`, `TERM`, `NO_COLOR`, `CLICOLOR_FORCE`. */
  readonly env: (name: string) => string | undefined;
  /** Whether programs run while steps go on beside them, as when several references are built. */
  readonly overlapping: boolean;
}

/** How to show what goes on. */
export interface Choice {
  /** Which renderer. */
  readonly kind: "tty" | "plain" | "json" | "silent";
  /** Whether it, and the error at the end, are in colour. */
  readonly color: boolean;
  /** Whether programs may write to standard error by themselves. */
  readonly passThrough: boolean;
}

/**
 * Chooses how to show what goes on. Whatever is no capable terminal gets neither colour nor cursor
 * movement; `NO_COLOR` (no-color.org) and `CI` turn the bars off too, unless they are asked for.
 *
 * `CLICOLOR_FORCE` alone puts colour into a pipe. `FORCE_COLOR` does not: build machines set it for
 * the tools of Node, and fault-matrix.md (§4 row 43) wants clean output there.
 */
export function chooseRenderer(circumstances: Circumstances): Choice {
  const { progress, quiet, terminal, env, overlapping } = circumstances;
  const capable = terminal && env("TERM") !== "dumb";
  const plainColor = isSet(env("NO_COLOR"));
  const color = !plainColor && (capable || isTrue(env("CLICOLOR_FORCE")));
  // Programs read JSON to its end: quiet has nothing to spare them.
  if (progress === "json") return { kind: "json", color: false, passThrough: false };
  if (quiet || progress === "none") return { kind: "silent", color, passThrough: false };
  const wanted = progress === "bar" ||
    (progress === "auto" && !plainColor && !isTrue(env("CI")));
  // Away from a terminal nothing of a program's own display is lost by reading its lines, and what
  // they say can be told again in the error.
  if (!wanted || !capable) return { kind: "plain", color, passThrough: terminal };
  return { kind: "tty", color, passThrough: !overlapping };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

function isTrue(value: string | undefined): boolean {
  return isSet(value) && value !== "0" && value !== "false";
}
