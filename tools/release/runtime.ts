// The runtime of Deno for a target, from npm: fetched by npm's own client, checked against the hash in
// the table of targets and against the machine that it is to run on.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readFile } from "../../src/core/files.ts";
import { gunzip } from "../../src/core/gunzip.ts";
import { collect } from "../../src/core/streams.ts";
import { readTar } from "../../src/core/tar.ts";
import { machineOf } from "./machine.ts";
import { RUNTIME_VERSION, type Target } from "./targets.ts";

/** More than any runtime has, in bytes. */
const LARGEST = 512 * 1024 * 1024;

/**
 * The runtime's bytes.
 *
 * @param folder where the package is put on its way.
 * @throws {Error} where npm cannot fetch it, or it is not the one that is meant.
 */
export async function fetchRuntime(
  target: Target,
  folder: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const wanted = `${target.package}@${RUNTIME_VERSION}`;
  const file = join(folder, await npmPack(wanted, folder));
  const hash = createHash("sha512");
  for await (const chunk of await readFile(file)) hash.update(chunk);
  const integrity = `sha512-${hash.digest("base64")}`;
  if (integrity !== target.integrity) {
    throw new Error(`${wanted} is not what it should be: ${integrity}, not ${target.integrity}`);
  }
  for await (const entry of readTar(gunzip(await readFile(file), wanted), wanted)) {
    if (entry.path !== `package/${target.runtime}`) continue;
    return checked(await collect(entry.body, LARGEST, wanted), target, wanted);
  }
  throw new Error(`${wanted} has no ${target.runtime}`);
}

/** A runtime that is a file here. */
export async function readRuntime(
  target: Target,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return checked(await Deno.readFile(path), target, path);
}

function checked(
  runtime: Uint8Array<ArrayBuffer>,
  target: Target,
  what: string,
): Uint8Array<ArrayBuffer> {
  const machine = machineOf(runtime);
  if (machine === target.name) return runtime;
  throw new Error(`${what} is a program for ${machine ?? "no known machine"}, not ${target.name}`);
}

/** Has npm download a package into a folder; gives the file's name. */
async function npmPack(wanted: string, folder: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args: ["pack", "--silent", "--prefer-offline", "--pack-destination", folder, wanted],
    cwd: folder,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`npm cannot fetch ${wanted}: ${decoder.decode(stderr).trim() || "no reason"}`);
  }
  return decoder.decode(stdout).trim();
}
