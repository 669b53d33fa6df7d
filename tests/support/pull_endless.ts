// A program of its own, so that its memory is its own: asks a registry for things that never end, and
// prints a line of JSON: for each what it was refused with, and by how many bytes memory grew at the most.
// `deno run -A pull_endless.ts HOST`
import { fetchTransport } from "../../src/core/http.ts";
import { KrustError } from "../../src/core/error.ts";
import { sha256 } from "../../src/core/digest.ts";
import { collect } from "../../src/core/streams.ts";
import { HttpRegistry } from "../../src/registry/client.ts";

const [host = ""] = Deno.args;
const registry = new HttpRegistry(host, {
  transport: fetchTransport(),
  retry: { attempts: 1 },
});

const SIZE = 1_000;
const BLOB = {
  mediaType: "application/octet-stream",
  digest: sha256(new Uint8Array(SIZE)),
  size: SIZE,
};

const ASKS: Readonly<Record<string, () => Promise<unknown>>> = {
  manifest: () => registry.getManifest("manifest", "v1"),
  blob: async () => await collect(await registry.getBlob("blob", BLOB), SIZE, "a blob"),
  error: () => registry.getManifest("error", "v1"),
  token: () => registry.getManifest("token", "v1"),
};

/** Memory in bytes: `VmRSS` now, `VmHWM` at the most. */
function memory(name: "VmRSS" | "VmHWM"): number {
  const text = Deno.readTextFileSync("/proc/self/status");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) * 1024;
}

const results: Record<string, { readonly said: string; readonly growth: number }> = {};
// What is loaded and compiled by the first request is no growth.
await registry.getManifest("ordinary", "v1");
for (const [name, ask] of Object.entries(ASKS)) {
  const before = memory("VmRSS");
  const said = await ask().then(
    () => "taken",
    (error) => error instanceof KrustError ? `${error.code}: ${error.message}` : String(error),
  );
  results[name] = { said, growth: memory("VmHWM") - before };
}
// deno-lint-ignore no-console
console.log(JSON.stringify(results));
Deno.exit();
