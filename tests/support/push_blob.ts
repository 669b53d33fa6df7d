// A program that pushes one blob of zeros over TLS: `push_blob.ts HOST SIZE CA`. A proxy of the
// environment can only be tested with a process of its own.
import { sha256 } from "../../src/core/digest.ts";
import { fetchTransport } from "../../src/core/http.ts";
import { bytesOf } from "../../src/core/streams.ts";
import { HttpRegistry } from "../../src/registry/client.ts";

if (import.meta.main) {
  const [host = "", size = "0", ca = ""] = Deno.args;
  const content = new Uint8Array(Number(size));
  const tls = { authorities: [await Deno.readTextFile(ca)] };
  const send = fetchTransport();
  const registry = new HttpRegistry(host, {
    transport: (request, options) => send({ ...request, tls }, options),
  });
  const mediaType = "application/octet-stream";
  await registry.pushBlob("app", {
    descriptor: { mediaType, digest: sha256(content), size: content.length },
    open: () => Promise.resolve(bytesOf(content)),
  });
}
