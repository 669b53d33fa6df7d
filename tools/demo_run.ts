// Runs an image's entrypoint: in a container engine where one is there, else from its own layers
// unpacked into a folder.
import { dirname, join, normalize } from "node:path";
import type { Host } from "../src/core/host.ts";
import { gunzip } from "../src/core/gunzip.ts";
import { readTar } from "../src/core/tar.ts";
import type { Image } from "../src/image/image.ts";
import { ENGINES } from "../src/sinks/engine.ts";

/** Runs an image by its reference; gives its output, or undefined where no engine can. */
export async function runInEngine(
  host: Host,
  reference: string,
  say: (text: string) => void,
): Promise<string | undefined> {
  for (const program of ENGINES) {
    try {
      const { status, stdout, stderr } = await host.run({
        program,
        args: ["run", "--rm", "--network=none", reference],
      });
      if (status === 0) {
        say(`ran it with ${program} run --rm --network=none`);
        return stdout;
      }
      say(`${program} is here but did not run it: ${stderr.trim().split("\n")[0]}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Unpacks an image's layers below `folder` and runs its entrypoint there; gives its output. */
export async function runUnpacked(
  host: Host,
  image: Image,
  folder: string,
  say: (text: string) => void,
): Promise<string> {
  const [entrypoint] = image.config.config?.Entrypoint ?? [];
  if (entrypoint === undefined) throw new Error("the image has no entrypoint");
  if (host.os !== "linux") {
    throw new Error("no container engine runs here, and this system does not run Linux programs");
  }
  const root = join(folder, "root");
  for (const layer of image.layers) await unpack(gunzip(await layer.open(), "a layer"), root);
  say("no container engine runs here: its layers are unpacked and its entrypoint is run by itself");
  const { status, stdout, stderr } = await host.run({
    program: join(root, entrypoint),
    args: [],
    cwd: root,
  });
  if (status !== 0) throw new Error(`the entrypoint ended with status ${status}: ${stderr}`);
  return stdout;
}

/** Unpacks a layer that krust itself has made: files and folders, no links, no owners. */
async function unpack(bytes: ReturnType<typeof gunzip>, root: string): Promise<void> {
  for await (const entry of readTar(bytes, "a layer")) {
    const path = join(root, normalize(`/${entry.path}`));
    if (entry.type === "directory") {
      await Deno.mkdir(path, { recursive: true });
    } else if (entry.type === "file") {
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(path, entry.body, { mode: entry.mode | 0o200 });
    }
  }
}
