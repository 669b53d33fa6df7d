// The ladder of linkers asked on machines that are made up, for its tests.
import { join } from "node:path";
import { climbLadder, type Ladder, requireLinker } from "../../../src/cargo/linker.ts";
import type { CompilerNeed, LadderHost, LinkerQuestion } from "../../../src/cargo/rung.ts";
import type { StaticLibc } from "../../../src/cargo/target.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { fakeHost, type FakeProgram } from "../../support/fake_host.ts";

/** A machine and what is asked of it. */
export interface Asked {
  readonly platform?: string;
  readonly libc?: StaticLibc;
  readonly dynamic?: boolean;
  readonly reproducible?: boolean;
  readonly os?: string;
  readonly architecture?: string;
  readonly theirs?: { readonly program: string; readonly setBy: string };
  readonly rustflags?: readonly string[];
  readonly configured?: string;
  readonly need?: CompilerNeed;
  readonly rustLld?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Programs on PATH. */
  readonly there?: readonly string[];
  /** What they do where they are run. */
  readonly programs?: Readonly<Record<string, FakeProgram>>;
}

/** Runs a test with a question and a machine that has `there` on PATH; `T` is the target. */
export async function asking<Result>(
  asked: Asked,
  use: (question: LinkerQuestion, host: LadderHost) => Promise<Result>,
): Promise<Result> {
  const { platform = "linux/arm64", libc = "musl", os = "linux", architecture = "amd64" } = asked;
  const folder = await Deno.makeTempDir();
  try {
    for (const name of asked.there ?? ["cc"]) {
      await Deno.writeTextFile(join(folder, name), "", { mode: 0o755 });
    }
    const question: LinkerQuestion = {
      platform: parsePlatform(platform),
      libc,
      configuration: {
        target: "T",
        source: "none",
        rustflags: asked.rustflags ?? [],
        ...(asked.theirs === undefined ? {} : { linker: asked.theirs }),
      },
      ...(asked.configured === undefined ? {} : { configured: asked.configured }),
      ...(asked.dynamic === undefined ? {} : { dynamic: asked.dynamic }),
      ...(asked.reproducible === undefined ? {} : { reproducible: asked.reproducible }),
      need: asked.need ?? "none",
      hasRustLld: () => Promise.resolve(asked.rustLld ?? true),
    };
    const env = { PATH: folder, ...asked.env };
    const host = fakeHost({ cwd: folder, env, programs: asked.programs ?? {} });
    return await use(question, { ...host, os, architecture });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The linker and what cargo is told. */
export function choose(asked: Asked): Promise<readonly (string | undefined)[]> {
  return asking(asked, async (question, host) => {
    const { program, tell } = requireLinker(await climbLadder(question, host), question);
    return [program, tell];
  });
}

export function climb(asked: Asked): Promise<Ladder> {
  return asking(asked, climbLadder);
}
