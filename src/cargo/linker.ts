// Finds a linker for a target without set-up (spec.md, rule 5): climbs the ladder of `rungs.ts` until
// one serves, and can say of each rung why it was passed over.
import { KrustError } from "../core/error.ts";
import type { Platform } from "../oci/platform.ts";
import { crossCompilers } from "./compilers.ts";
import {
  type LadderHost,
  type LinkerChoice,
  type LinkerQuestion,
  type RungName,
  type RungTrial,
} from "./rung.ts";
import { RUNGS } from "./rungs.ts";
import type { StaticLibc } from "./target.ts";

/** What became of a rung. */
export interface RungReport {
  /** Which one. */
  readonly rung: RungName;
  /** Whether it was chosen, does not serve, or was not looked at, as one before it serves. */
  readonly verdict: "chosen" | "passed-over" | "not-needed";
  /** Why, in words. */
  readonly reason: string;
}

/** The ladder for one target: all its rungs in order, and the choice, if there is one. */
export interface Ladder {
  /** Every rung. */
  readonly rungs: readonly RungReport[];
  /** The linker; absent where none can link. Its `lack` says what C code it cannot compile. */
  readonly choice?: LinkerChoice;
}

/**
 * Climbs the ladder for a target. The first rung that can link and compile what has to be compiled is
 * chosen; where none can do both, the one that lacks least.
 */
export async function climbLadder(question: LinkerQuestion, host: LadderHost): Promise<Ladder> {
  const seen: {
    readonly rung: RungName;
    readonly choice?: LinkerChoice;
    readonly reason: string;
  }[] = [];
  for (const { name: rung, attempt } of orderedRungs(question)) {
    const verdict = await attempt(question, host);
    if (typeof verdict === "string") {
      seen.push({ rung, reason: verdict });
      continue;
    }
    const reason = verdict.lack?.reason ?? `${verdict.program}: ${verdict.why}`;
    seen.push({ rung, choice: verdict, reason });
    // What the user chose is not second-guessed, whatever it lacks.
    if (verdict.lack === undefined || rung === "configured") break;
  }
  const choice = leastLacking(seen.flatMap(({ choice }) => choice ?? []));
  const rungs = RUNGS.map(({ name }): RungReport => {
    const found = seen.find(({ rung }) => rung === name);
    if (found === undefined) {
      return { rung: name, verdict: "not-needed", reason: "one before it serves" };
    }
    const verdict = choice?.rung === name ? "chosen" : "passed-over";
    return { rung: name, verdict, reason: found.reason };
  });
  return { rungs, ...(choice === undefined ? {} : { choice }) };
}

/** The rungs in the order in which they are tried. */
function orderedRungs({ reproducible = false }: LinkerQuestion): readonly RungTrial[] {
  if (!reproducible) return RUNGS;
  // Rust's own linker is the same wherever the toolchain is.
  const first: readonly RungName[] = ["configured", "rust-lld"];
  return RUNGS.toSorted((left, right) =>
    Number(first.includes(right.name)) - Number(first.includes(left.name))
  );
}

function leastLacking(choices: readonly LinkerChoice[]): LinkerChoice | undefined {
  return choices.find(({ lack }) => lack === undefined) ??
    choices.find(({ lack }) => lack?.perhaps === true) ?? choices[0];
}

/**
 * The linker that a ladder ends in.
 *
 * @throws {KrustError} `linker-missing` where there is none.
 */
export function requireLinker({ rungs, choice }: Ladder, question: LinkerQuestion): LinkerChoice {
  if (choice !== undefined) return choice;
  const { configuration: { target }, platform, libc } = question;
  const reasons = rungs
    .filter(({ rung }) => rung !== "configured")
    .map(({ rung, reason }) => `${rung}: ${reason}`);
  throw linkerMissing(target, platform, libc, reasons.join("; "));
}

/** The ladder in lines for `-v`, one a rung. */
export function describeLadder({ rungs }: Ladder): readonly string[] {
  const words = { "chosen": "chosen", "passed-over": "passed over", "not-needed": "not needed" };
  return rungs.map(({ rung, verdict, reason }) => `  ${rung}: ${words[verdict]}: ${reason}`);
}

/** The error for a target that cannot be linked; its help names the two ways out. */
export function linkerMissing(
  target: string,
  platform: Platform,
  libc: StaticLibc,
  reason: string,
  native = false,
): KrustError {
  const [compiler] = crossCompilers(platform, libc);
  // A compiler that is there and fails has nothing to link with: Debian has glibc in a package apart.
  const bare = compiler !== undefined && reason === `linking with \`${compiler}\` failed`;
  const compilers = bare
    ? `install the C library that ${compiler} links with (Debian: libc6-dev-<architecture>-cross)`
    : native
    ? `install a C compiler as \`cc\`, or a cross compiler as \`${compiler}\``
    : `install a cross compiler that has \`${compiler}\``;
  const brew = libc === "musl" ? " (on macOS: brew install filosottile/musl-cross/musl-cross)" : "";
  const other = libc !== "musl"
    ? "or build against musl, which Rust links by itself"
    : 'or use Rust\'s own linker, which serves pure Rust: linker = "rust-lld" in .cargo/config.toml';
  return new KrustError("linker-missing", `link for target ${target}: ${reason}`, {
    help: [`${compilers}${brew}`, other],
    details: { target, libc, native: String(native) },
  });
}
