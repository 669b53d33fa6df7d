// `krust version`: which krust this is, and with `--json` what it runs on and how it came here.
import type { Host } from "../../core/host.ts";
import { writeResult } from "../output.ts";
import { type Context, VERSION } from "../program.ts";

/** How krust came to a machine. */
export type Installation = "archive" | "executable" | "jsr" | "source";

/** Prints the version. */
export async function version(json: boolean, { host, signal }: Context): Promise<number> {
  const text = json ? JSON.stringify(describe(host)) : `krust ${VERSION}`;
  await writeResult(host, `${text}\n`, { signal });
  return 0;
}

/** The facts, for programs. */
function describe({ os, architecture }: Host): Readonly<Record<string, string>> {
  return {
    version: VERSION,
    runtime: `deno ${Deno.version.deno}`,
    platform: `${os}/${architecture}`,
    installation: installationOf(import.meta.url, Deno.build.standalone),
  };
}

/**
 * How krust came here, by where its code lies: in an executable (`deno task compile`), in the one file of
 * an archive (`deno task package`), on a server, which is JSR's, or in a clone.
 *
 * @param address the address of a module of krust's own.
 * @param standalone whether the runtime and the code are one file.
 */
export function installationOf(address: string, standalone: boolean): Installation {
  if (standalone) return "executable";
  if (address.endsWith("/lib/krust.js")) return "archive";
  return address.startsWith("file:") ? "source" : "jsr";
}
