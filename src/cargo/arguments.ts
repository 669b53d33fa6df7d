// Understands what follows `--`: what krust must know of it is lifted out, what is krust's own to say
// is refused (reliability.md S7), and the rest goes to `cargo build` as it is.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";
import type { Selection } from "./cargo.ts";

/** What the arguments for cargo say. */
export interface CargoArguments {
  /** What to build. */
  readonly selection: Selection;
  /** `--profile`, or `release` for `--release`; undefined where neither is given. */
  readonly profile?: string;
  /** `--target-dir`, as it is written: relative to the folder in which cargo runs. */
  readonly targetDirectory?: string;
  /** All the others, in order. */
  readonly rest: readonly string[];
}

type LiftedOption = "bin" | "example" | "package" | "profile" | "target-dir";

/** Options with a value that are lifted out, by each of their spellings. */
const LIFTED: ReadonlyMap<string, LiftedOption> = new Map([
  ["--bin", "bin"],
  ["--example", "example"],
  ["-p", "package"],
  ["--package", "package"],
  ["--profile", "profile"],
  ["--target-dir", "target-dir"],
]);

const REFUSED: ReadonlyMap<string, string> = new Map([
  ["--target", "the platforms of the image say what cargo compiles for"],
  ["--message-format", "krust reads cargo's messages itself"],
  ["--manifest-path", "name the project's folder instead"],
  ["--config", "put it into .cargo/config.toml instead"],
  ["-Z", "put it under [unstable] in .cargo/config.toml instead"],
]);

type Lifted = Readonly<Record<LiftedOption, string[]>>;

/**
 * Reads the arguments that a user has for `cargo build`.
 *
 * @throws {KrustError} `usage` for options that are krust's own to give, and for ones that
 * contradict each other or lack their value.
 */
export function readCargoArguments(args: readonly string[]): CargoArguments {
  const found: Lifted = {
    "bin": [],
    "example": [],
    "package": [],
    "profile": [],
    "target-dir": [],
  };
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? "";
    refuseOwn(argument);
    const { name, value } = splitOption(argument);
    const lifted = LIFTED.get(name);
    if (argument === "--release" || argument === "-r") found.profile.push("release");
    else if (lifted === undefined) rest.push(argument);
    else found[lifted].push(value ?? takeValue(name, args[++at]));
  }
  const only = (key: keyof Lifted): string | undefined => sole(found, key);
  const [packageName, example, profile, targetDirectory] = [
    only("package"),
    only("example"),
    only("profile"),
    only("target-dir"),
  ];
  if (example !== undefined && found.bin.length > 0) {
    throw usage("--bin and --example after -- contradict each other", "give one of them");
  }
  return {
    selection: {
      bins: [...new Set(found.bin)],
      ...(packageName === undefined ? {} : { package: packageName }),
      ...(example === undefined ? {} : { example }),
    },
    ...(profile === undefined ? {} : { profile }),
    ...(targetDirectory === undefined ? {} : { targetDirectory }),
    rest,
  };
}

/** An option's name, and its value where the two are written as one: `--bin=x`, `-p=x`, `-px`. */
function splitOption(argument: string): { readonly name: string; readonly value?: string } {
  if (argument.startsWith("--")) {
    const equals = argument.indexOf("=");
    if (equals === -1) return { name: argument };
    return { name: argument.slice(0, equals), value: argument.slice(equals + 1) };
  }
  if (argument.startsWith("-p") && argument.length > 2) {
    return { name: "-p", value: argument.slice(argument[2] === "=" ? 3 : 2) };
  }
  return { name: argument };
}

function refuseOwn(argument: string): void {
  if (argument.startsWith("+")) {
    const toolchain = printable(argument.slice(1));
    throw usage(
      `a toolchain is no argument for cargo's build: "${printable(argument)}"`,
      `RUSTUP_TOOLCHAIN=${toolchain} krust build, or cargo +${toolchain} krust build`,
    );
  }
  const name = argument.startsWith("-Z") ? "-Z" : splitOption(argument).name;
  const reason = REFUSED.get(name);
  if (reason !== undefined) {
    throw usage(`argument for cargo "${printable(argument)}" is krust's own to give`, reason);
  }
}

function takeValue(name: string, value: string | undefined): string {
  // As cargo's own parser does: a value that looks like an option has to be joined with `=`.
  if (value !== undefined && !value.startsWith("-")) return value;
  throw usage(`argument for cargo "${name}" lacks its value`, `write ${name} VALUE`);
}

/** The one value given, however often; several that differ contradict each other. */
function sole(found: Lifted, key: keyof Lifted): string | undefined {
  const [first, other] = new Set(found[key]);
  if (other !== undefined) {
    throw usage(
      `arguments for cargo contradict each other: ${key} "${printable(first ?? "")}" and "${
        printable(other)
      }"`,
      "give one of them",
    );
  }
  return first;
}

function usage(message: string, help: string): KrustError {
  return new KrustError("usage", message, { help: [help] });
}
