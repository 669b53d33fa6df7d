// Asks cargo what a project is: `cargo metadata --no-deps`, which reads no network and runs no code.
import { resolve } from "node:path";
import * as v from "valibot";
import { KrustError } from "../core/error.ts";
import type { CommandResult } from "../core/host.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import type { CargoContext } from "./context.ts";
import { lastError } from "./last_error.ts";
import { shownPath } from "./shown_path.ts";

const text = v.nullish(v.string());

const TargetSchema = v.object({ name: v.string(), kind: v.array(v.string()) });

const PackageSchema = v.object({
  id: v.string(),
  name: v.string(),
  version: v.string(),
  description: text,
  license: text,
  repository: text,
  homepage: text,
  documentation: text,
  authors: v.optional(v.array(v.string()), []),
  default_run: text,
  manifest_path: v.string(),
  metadata: v.unknown(),
  targets: v.array(TargetSchema),
});

const MetadataSchema = v.object({
  packages: v.array(PackageSchema),
  workspace_members: v.array(v.string()),
  workspace_default_members: v.nullish(v.array(v.string())),
  workspace_root: v.string(),
  target_directory: v.string(),
  build_directory: text,
  metadata: v.unknown(),
});

/** A package of the workspace, as cargo describes it. */
export interface MetadataPackage {
  /** Opaque ID. */
  readonly id: string;
  /** Name. */
  readonly name: string;
  /** Version. */
  readonly version: string;
  /** `description`. */
  readonly description?: string | null | undefined;
  /** `license`. */
  readonly license?: string | null | undefined;
  /** `repository`. */
  readonly repository?: string | null | undefined;
  /** `homepage`. */
  readonly homepage?: string | null | undefined;
  /** `documentation`. */
  readonly documentation?: string | null | undefined;
  /** `authors`. */
  readonly authors: readonly string[];
  /** `default-run`. */
  readonly default_run?: string | null | undefined;
  /** Its Cargo.toml, absolute. */
  readonly manifest_path: string;
  /** `[package.metadata]`. */
  readonly metadata: unknown;
  /** Its binaries, examples, libraries, tests. */
  readonly targets: readonly { readonly name: string; readonly kind: readonly string[] }[];
}

/** A workspace, as cargo describes it. */
export interface Metadata {
  /** The workspace's packages. */
  readonly packages: readonly MetadataPackage[];
  /** IDs of its members. */
  readonly workspace_members: readonly string[];
  /** IDs of the members that cargo builds where none is named; since cargo 1.71. */
  readonly workspace_default_members?: readonly string[] | null | undefined;
  /** The workspace's root folder, absolute. */
  readonly workspace_root: string;
  /** Where cargo puts what it builds, absolute. */
  readonly target_directory: string;
  /** Where it puts what lies between, absolute; since cargo 1.91. */
  readonly build_directory?: string | null | undefined;
  /** `[workspace.metadata]`. */
  readonly metadata: unknown;
}

/** Names of a package's targets of one kind, in cargo's order. */
export function targetNames(each: MetadataPackage, kind: "bin" | "example"): readonly string[] {
  return each.targets.filter((target) => target.kind.includes(kind)).map(({ name }) => name);
}

/**
 * Describes the project in `directory`, an absolute path.
 *
 * @throws {KrustError} `cargo-not-found`; `config-invalid` for a file that is no TOML or does not
 * mean anything, with its place; `project-invalid` for whatever else cargo refuses.
 */
export async function readMetadata(
  { host, cargoProgram }: CargoContext,
  directory: string,
  options: Cancel = {},
): Promise<Metadata> {
  const args = ["metadata", "--format-version", "1", "--no-deps"];
  let result: CommandResult;
  try {
    result = await host.run({ program: cargoProgram, args, cwd: directory }, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    await requireFolder(directory);
    throw cargoNotFound(cargoProgram, error) ?? error;
  }
  if (result.status !== 0) throw refusal(directory, host.cwd, result);
  return parseMetadata(result.stdout, directory);
}

/** The error for a failure to run cargo; undefined where that is not what failed. */
export function cargoNotFound(program: string, error: unknown): KrustError | undefined {
  const absent = error instanceof Deno.errors.NotFound;
  if (!absent && !(error instanceof Deno.errors.PermissionDenied)) return undefined;
  const why = absent ? "there is no such program on PATH" : "it may not be run";
  return new KrustError("cargo-not-found", `cargo not found: run "${printable(program)}": ${why}`, {
    help: ["install Rust: https://rustup.rs"],
  });
}

async function requireFolder(directory: string): Promise<void> {
  const found = await Deno.stat(directory).catch(() => undefined);
  if (found?.isDirectory === true) return;
  const why = found === undefined ? "there is no such folder" : "it is a file, no folder";
  throw new KrustError(
    "project-invalid",
    `cannot read the project in "${printable(directory)}": ${why}`,
    {
      help: ["name the folder that holds the project's Cargo.toml"],
    },
  );
}

function parseMetadata(stdout: string, directory: string): Metadata {
  try {
    return v.parse(MetadataSchema, JSON.parse(stdout));
  } catch (error) {
    throw new KrustError(
      "project-invalid",
      `cannot read the project in "${
        printable(directory)
      }": cargo metadata does not have the form it should`,
      { cause: error, help: ["see whether `cargo metadata --no-deps` works there"] },
    );
  }
}

/** How much of what cargo says is read, in characters: a line of a manifest that it quotes may be any length. */
const DIAGNOSTICS_LIMIT = 64 * 1024;

function refusal(
  directory: string,
  cwd: string,
  { status, ...said }: CommandResult,
): KrustError {
  const stderr = said.stderr.slice(0, DIAGNOSTICS_LIMIT);
  const place = findPlace(stderr, (path) => shownPath(resolve(directory, path), cwd));
  if (place !== undefined) {
    return new KrustError("config-invalid", place, { help: ["mend that line"] });
  }
  const reason = lastError(stderr) ?? `cargo metadata ended with exit status ${status}`;
  const missing = reason.startsWith("could not find `Cargo.toml`");
  return new KrustError("project-invalid", `cannot read the project in "${printable(directory)}"`, {
    cause: new Error(reason),
    help: missing ? ["name the folder that holds the project's Cargo.toml"] : [],
  });
}

/**
 * `file:line:column: reason` of what cargo says of a bad file. It has two forms: like rustc's
 * (`--> Cargo.toml:4:5`, for manifests, since 1.77), and a chain of causes that ends in
 * `TOML parse error at line 4, column 5` (configuration, and manifests before that).
 *
 * @param show makes a path of cargo's, which is relative to where cargo ran, one for the reader.
 */
function findPlace(stderr: string, show: (path: string) => string): string | undefined {
  const arrow = /^error: (.+)\n *--> (.+)(:\d+:\d+)$/m.exec(stderr);
  if (arrow !== null) return printable(`${show(arrow[2] ?? "")}${arrow[3]}: ${arrow[1]}`, 600);
  const file = /(?:manifest at|configuration in) `([^`\n]+)`/.exec(stderr)?.[1];
  const error = /TOML parse error at line (\d+), column (\d+)\n((?:.*\n?)*)/.exec(stderr);
  if (file === undefined || error === null) return undefined;
  // The code frame stands between the place and the reason; its lines have a bar.
  const reason = (error[3] ?? "").split("\n").map((line) => line.trim())
    .find((line) => line !== "" && !/^\d* ?\|/.test(line));
  return printable(`${file}:${error[1]}:${error[2]}: ${reason ?? "it is not TOML"}`, 600);
}
