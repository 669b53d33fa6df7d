// Several images through one client, as one run pushes them: what they share goes over the wire once,
// and no host has more than a few requests of ours to answer at a time.
import assert from "node:assert/strict";
import type { Transport } from "../../../src/core/http.ts";
import { HttpRegistry } from "../../../src/registry/client.ts";
import { transportOf } from "../../../src/registry/in_process.ts";
import { registrySink } from "../../../src/sinks/registry.ts";
import { blobsOf, syntheticImage, syntheticIndex } from "../../support/images.ts";
import { faultRegistry } from "../../support/fault_registry.ts";
import { SILENT } from "../../../src/report/reporter.ts";

const HOST = "registry.test";

/** Holds requests back until nothing else can be asked, and knows how many it held at the most. */
function gauge(transport: Transport): { readonly transport: Transport; busiest(): number } {
  const held: (() => void)[] = [];
  let busiest = 0;
  let letting = false;
  const letGo = (): void => {
    letting = false;
    for (const go of held.splice(0)) go();
  };
  return {
    busiest: () => busiest,
    async transport(request, options): Promise<Response> {
      const { promise, resolve } = Promise.withResolvers<void>();
      busiest = Math.max(busiest, held.push(resolve));
      // A turn of the event loop later, whoever could ask has asked.
      if (!letting) setTimeout(letGo);
      letting = true;
      await promise;
      return await transport(request, options);
    },
  };
}

Deno.test("images pushed side by side never have more than four requests under way at a host", async () => {
  const { handler } = faultRegistry();
  const held = gauge(transportOf(handler));
  const registry = new HttpRegistry(HOST, { transport: held.transport });
  const sink = registrySink({ registries: () => registry });
  const images = await Promise.all([1, 2, 3].map((seed) => syntheticImage({ seed, layers: 6 })));
  await Promise.all(images.map((image, at) =>
    sink.write(
      image,
      { repository: { registry: HOST, name: `team/app${at}` }, name: "app", tags: ["v1"] },
      { report: SILENT },
    )
  ));
  assert.equal(held.busiest(), 4);
});

Deno.test("a blob that many images of a run hold is uploaded once, and mounted for the rest", async () => {
  const { handler, seen, violations } = faultRegistry();
  const registry = new HttpRegistry(HOST, { transport: transportOf(handler) });
  const sink = registrySink({ registries: () => registry });
  const index = await syntheticIndex(["linux/amd64", "linux/arm64"]);
  // The same content under two names, and again in another index of the second.
  await Promise.all(["one", "two", "one"].map((name, at) =>
    sink.write(
      index,
      { repository: { registry: HOST, name }, name: "app", tags: [`v${at}`] },
      { report: SILENT },
    )
  ));
  assert.deepEqual(violations, []);
  const digests = new Set(blobsOf(index).map(({ descriptor }) => descriptor.digest));
  for (const digest of digests) {
    const uploads = seen.filter(({ kind, path }) =>
      kind === "finish-upload" && decodeURIComponent(path).includes(digest)
    );
    assert.equal(uploads.length, 1, `${digest} went up ${uploads.length} times`);
  }
});
