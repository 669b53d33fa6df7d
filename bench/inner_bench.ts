// `deno bench`: the inner parts, beside what limits them.
import { createHash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { sha256 } from "../src/core/digest.ts";
import { gzip } from "../src/core/gzip.ts";
import { bytesOf } from "../src/core/streams.ts";
import { writeTar } from "../src/core/tar.ts";
import { parseReference } from "../src/oci/reference.ts";

/** Real machine code, 16 MiB of it. */
const CODE = (await Deno.readFile(Deno.execPath())).slice(0, 16 * 1024 * 1024);

async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of stream) {
    // What comes is not looked at.
  }
}

Deno.bench({ name: "sha256()", group: "digest of 16 MiB", fn: () => void sha256(CODE) });
Deno.bench({
  name: "node:crypto alone",
  group: "digest of 16 MiB",
  baseline: true,
  fn: () => void createHash("sha256").update(CODE).digest("hex"),
});

for (const workers of [0, 1, 2]) {
  Deno.bench({
    name: `gzip(), ${workers} workers`,
    group: "gzip of 16 MiB",
    fn: () => drain(gzip(bytesOf(CODE), { level: 3, workers })),
  });
}
Deno.bench({
  name: "gzipSync(), level 3",
  group: "gzip of 16 MiB",
  baseline: true,
  fn: () => void gzipSync(CODE, { level: 3 }),
});
Deno.bench({
  name: "gzipSync(), level 1",
  group: "gzip of 16 MiB",
  fn: () => void gzipSync(CODE, { level: 1 }),
});
Deno.bench({
  name: "zstdCompressSync()",
  group: "gzip of 16 MiB",
  fn: () => void zstdCompressSync(CODE),
});

const BODY = { size: CODE.length, open: () => Promise.resolve(bytesOf(CODE)) };
Deno.bench("writeTar() of 16 MiB", () =>
  drain(writeTar([
    { path: "app/server", type: "file", mode: 0o755, mtime: 0, uid: 0, gid: 0, body: BODY },
  ], {})));

const REFERENCE = `registry.example.com:5000/team/service:v1.2.3@sha256:${"a".repeat(64)}`;
Deno.bench("parseReference()", () => void parseReference(REFERENCE));
