// The licences of what an archive holds beside krust's own code.
import { join } from "node:path";
import { ROOT } from "../source_tree.ts";

/** What Deno's own repository says, for npm's packages of the runtime come without it. */
const DENO = `MIT License

Copyright 2018-2026 the Deno authors

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/** What `deno info --json` says of a module graph, as far as it is wanted here. */
interface Graph {
  readonly modules: readonly { readonly kind?: string; readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, { readonly localPath: string }>>;
}

/**
 * The licences of Deno and of every library in the bundle, as one text.
 *
 * @throws {Error} for a library without one.
 */
export async function thirdPartyLicences(): Promise<string> {
  const { modules, npmPackages } = await moduleGraph();
  const used = new Set(modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  const parts = [`Deno (the runtime)\n\n${DENO}`];
  for (const name of [...used].sort()) {
    const folder = npmPackages[name]?.localPath;
    if (folder === undefined) throw new Error(`${name} is in the bundle and not in Deno's cache`);
    parts.push(`${name}\n\n${await licenceIn(folder)}`);
  }
  return parts.map((part) => `${part.trimEnd()}\n`).join(`\n${"-".repeat(80)}\n\n`);
}

async function moduleGraph(): Promise<Graph> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`deno info: ${decoder.decode(stderr).trim()}`);
  return JSON.parse(decoder.decode(stdout));
}

async function licenceIn(folder: string): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/^licen[cs]e(\.md)?$/i.test(name)) return await Deno.readTextFile(join(folder, name));
  }
  throw new Error(`no licence in ${folder}`);
}
