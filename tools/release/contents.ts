// What an archive holds: the same for every machine but for the runtime and the launcher.
import { join } from "node:path";
import { completionScript } from "../../src/cli/completions.ts";
import type { Shell } from "../../src/cli/completions/model.ts";
import { createProgram } from "../../src/cli/program.ts";
import { ROOT } from "../source_tree.ts";
import { bundle } from "./bundle.ts";
import { thirdPartyLicences } from "./licences.ts";
import { manPage } from "./man_page.ts";
import type { Target } from "./targets.ts";

/** A file of an archive, or a link to one. */
export interface Content {
  /** Path below the archive's one folder. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** A file's bytes, or where a link points. */
  readonly content: Uint8Array<ArrayBuffer> | string;
}

/** Where shells look for completions below `/usr` and `/usr/local`. */
const COMPLETIONS: readonly (readonly [Shell, string])[] = [
  ["bash", "share/bash-completion/completions/krust"],
  ["fish", "share/fish/vendor_completions.d/krust.fish"],
  ["zsh", "share/zsh/site-functions/_krust"],
  ["powershell", "share/krust/krust.ps1"],
];

/**
 * What all archives have in common.
 *
 * @param folder where the bundle is made.
 */
export async function commonContents(folder: string): Promise<readonly Content[]> {
  const bundled = join(folder, "krust.js");
  await bundle(bundled);
  const program = createProgram();
  const own = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];
  return [
    ...await Promise.all(
      own.map(async (name) => file(name, await Deno.readFile(join(ROOT, name)))),
    ),
    file("LICENSE-THIRD-PARTY", encoded(await thirdPartyLicences())),
    file("lib/krust.js", await Deno.readFile(bundled)),
    file("share/man/man1/krust.1", encoded(manPage())),
    ...COMPLETIONS.map(([shell, path]) => file(path, encoded(completionScript(shell, program)))),
  ];
}

/** The launcher and the runtime of one target. */
export async function contentsFor(
  target: Target,
  runtime: Uint8Array<ArrayBuffer>,
): Promise<readonly Content[]> {
  const windows = target.archive === "zip";
  const launcher = await Deno.readTextFile(
    join(ROOT, "tools/release", windows ? "krust.cmd" : "krust.sh"),
  );
  return [
    { path: `lib/${target.runtime}`, mode: 0o755, content: runtime },
    // cmd.exe may lose its place in a file whose lines end in LF alone.
    windows
      ? { path: "krust.cmd", mode: 0o755, content: encoded(launcher.replaceAll("\n", "\r\n")) }
      : { path: "krust", mode: 0o755, content: encoded(launcher) },
    // cargo on Windows looks for cargo-krust.exe, which a script cannot be.
    ...(windows ? [] : [{ path: "cargo-krust", mode: 0o777, content: "krust" }]),
  ];
}

function file(path: string, content: Uint8Array<ArrayBuffer>): Content {
  return { path, mode: 0o644, content };
}

function encoded(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
