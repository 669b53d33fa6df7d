// Finds programs on PATH without running them: what is there is not thereby to be trusted.
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { Host } from "../core/host.ts";

/** Where `program` lies, as the system would find it; undefined where there is no such program. */
export async function which(
  program: string,
  host: Pick<Host, "env" | "cwd">,
): Promise<string | undefined> {
  if (isAbsolute(program) || program.includes("/")) {
    const path = resolve(host.cwd, program);
    return await isProgram(path) ? path : undefined;
  }
  for (const folder of (host.env("PATH") ?? "").split(delimiter)) {
    if (folder === "") continue;
    const path = join(resolve(host.cwd, folder), program);
    if (await isProgram(path)) return path;
    if (Deno.build.os === "windows" && await isProgram(`${path}.exe`)) return `${path}.exe`;
  }
  return undefined;
}

/**
 * Whether a program is a script that wraps gcc with a specs file, as Debian's `musl-gcc` does: it
 * compiles for another C library, but links as gcc was built to.
 */
export async function isSpecsWrapper(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path, { read: true });
    const head = new Uint8Array(512);
    const read = await file.read(head) ?? 0;
    const text = new TextDecoder().decode(head.subarray(0, read));
    return text.startsWith("#!") && /-specs\b/.test(text);
  } catch {
    return false;
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  } catch {
    return false;
  }
}
