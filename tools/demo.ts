// `deno task demo`: the main job on embedded defaults, on a machine with Deno and Rust and nothing
// else. Builds the example on the builtin base, pushes it to krust's own registry served on loopback
// for the occasion, reads it back and verifies every digest, runs it, and prints the reference.
// deno-lint-ignore-file no-console
import { join } from "node:path";
import { main } from "../src/cli/main.ts";
import { type Host, realHost } from "../src/core/host.ts";
import { imagesOf } from "../src/image/image.ts";
import { validateImage } from "../src/image/validate.ts";
import { parseReference, type Reference } from "../src/oci/reference.ts";
import { HttpRegistry } from "../src/registry/client.ts";
import { MemoryRegistry } from "../src/registry/memory.ts";
import { serveRegistry } from "../src/registry/server.ts";
import { registrySource } from "../src/sources/registry.ts";
import { ContentStore } from "../src/store/content_store.ts";
import type { Image } from "../src/image/image.ts";
import { runInEngine, runUnpacked } from "./demo_run.ts";
import { ROOT } from "./source_tree.ts";

const EXPECTED = [
  "Hello from krust example!",
  "This is running inside a container built with krust.",
];

function say(text: string): void {
  console.error(`demo: ${text}`);
}

/** Runs `krust build` in this process; gives what it printed. */
async function build(host: Host, registry: string, cache: string): Promise<string> {
  let printed = "";
  const observed: Host = {
    ...host,
    cwd: ROOT,
    env: (name) => name === "KRUST_CACHE_DIR" ? cache : host.env(name),
    stdout: { terminal: false, write: async (text) => void (printed += text) },
  };
  const args = ["build", "--base", "builtin", "--libc", "auto", "--platform", "host"];
  const image = `${registry}/demo/hello-krust`;
  const status = await main([...args, "--image", image, "example/hello-krust"], observed);
  if (status !== 0) throw new Error(`krust build ended with status ${status}`);
  return printed.trimEnd();
}

/** Reads the image back as a stranger would, and verifies every digest of it. */
async function readBack(host: Host, reference: Reference, folder: string): Promise<Image> {
  const registry = new HttpRegistry(reference.registry, { transport: host.transport });
  const base = await registrySource({
    reference,
    registries: () => registry,
    store: new ContentStore(folder, host),
    keepLayers: false,
    offline: false,
  }).open();
  const [platform] = base.platforms ?? [];
  if (platform === undefined) throw new Error("the image names no platform");
  const image = await base.image(platform);
  for (const each of imagesOf(image)) await validateImage(each, { deep: true });
  return image;
}

async function demo(): Promise<string> {
  const host = realHost();
  const folder = await Deno.makeTempDir({ prefix: "krust-demo-" });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));

  const memory = new MemoryRegistry("demo");
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    serveRegistry(memory),
  );
  cleanup.defer(() => server.shutdown());
  const registry = `127.0.0.1:${server.addr.port}`;
  say(`a registry of krust's own listens on ${registry}`);

  const printed = await build(host, registry, join(folder, "cache"));
  const image = await readBack(host, parseReference(printed), join(folder, "pulled"));
  say(`read back, every digest verified: ${image.layers.length} layers`);

  const output = await runInEngine(host, printed, say) ??
    await runUnpacked(host, image, folder, say);
  const missing = EXPECTED.filter((line) => !output.includes(line));
  if (missing.length > 0) throw new Error(`the container did not print: ${missing.join(" / ")}`);
  for (const line of output.trimEnd().split("\n")) say(`it says: ${line}`);
  return printed;
}

if (import.meta.main) console.log(await demo());
