// Where the source of Rust's standard library lies. A toolchain that has it (`rustup component add
// rust-src`, which editors do) names it in programs, one without names it by the commit.
import { join } from "node:path";
import type { Cancel } from "../core/streams.ts";
import type { CargoContext } from "./context.ts";
import { ifThere } from "./optional_program.ts";
import type { RenamedFolder } from "./remap.ts";

/**
 * The folder of the toolchain that holds in `directory`, with the name that it has in programs of a
 * toolchain without it; undefined where rustc cannot be asked.
 *
 * @throws the signal's reason.
 */
export async function standardSources(
  { host }: Pick<CargoContext, "host">,
  directory: string,
  options: Cancel = {},
): Promise<RenamedFolder | undefined> {
  const program = host.env("RUSTC") || "rustc";
  const ask = (...args: readonly string[]): Promise<string> =>
    ifThere(host.run({ program, args, cwd: directory }, options)).then((said) =>
      said?.status === 0 ? said.stdout.trim() : ""
    );
  const [sysroot, version] = [await ask("--print", "sysroot"), await ask("-vV")];
  const commit = /^commit-hash: ([0-9a-f]+)$/m.exec(version)?.[1];
  if (sysroot === "" || commit === undefined) return undefined;
  return { folder: join(sysroot, "lib/rustlib/src/rust"), name: `/rustc/${commit}` };
}
