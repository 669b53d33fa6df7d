// The base `builtin`: the same bytes everywhere, and what a static program looks for in its place.
import assert from "node:assert/strict";
import { rootCertificates } from "node:tls";
import { gunzip } from "../../../src/core/gunzip.ts";
import { readTar } from "../../../src/core/tar.ts";
import type { Layer } from "../../../src/image/image.ts";
import { validateImage } from "../../../src/image/validate.ts";
import { parsePlatform, SUPPORTED_PLATFORMS } from "../../../src/oci/platform.ts";
import { builtinSource } from "../../../src/sources/builtin.ts";
import { memoryStore } from "../../support/memory_store.ts";
import { drain } from "../../support/streams.ts";

const AMD64 = { os: "linux", architecture: "amd64" };

interface Found {
  readonly mode: number;
  readonly owner: string;
  readonly text: string;
}

async function contentOf(layer: Layer | undefined): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  const bytes = await layer?.open() ?? assert.fail();
  for await (const { path, mode, uid, gid, body } of readTar(gunzip(bytes, "it"), "it")) {
    const text = new TextDecoder().decode(await drain(body));
    found.set(path, { mode, owner: `${uid}:${gid}`, text });
  }
  return found;
}

Deno.test("`builtinSource()` gives a valid image for every platform, all of one layer", async () => {
  const store = memoryStore();
  const base = await builtinSource({ store, certificates: ["A"] }).open();
  assert.deepEqual([base.name, base.digest, base.platforms], [undefined, undefined, undefined]);
  const digests = new Set<string>();
  for (const name of SUPPORTED_PLATFORMS) {
    const platform = parsePlatform(name);
    const image = await base.image(platform);
    await validateImage(image, { deep: true });
    assert.equal(image.config.architecture, platform.architecture);
    assert.equal(image.config.variant, platform.variant);
    digests.add(image.layers.map(({ descriptor }) => descriptor.digest).join());
  }
  assert.equal(digests.size, 1);
  assert.equal(store.blobs.size, 1);
});

Deno.test("`builtinSource()` gives the same bytes in another store", async () => {
  const [one, other] = await Promise.all([1, 2].map(async () => {
    const source = builtinSource({ store: memoryStore(), certificates: rootCertificates });
    return await (await source.open()).image(AMD64);
  }));
  assert.equal(one?.descriptor.digest, other?.descriptor.digest);
});

Deno.test("`builtinSource()` has users, temporary folders and certificates in place", async () => {
  const source = builtinSource({ store: memoryStore(), certificates: ["  A\nB\n\n", "C"] });
  const image = await (await source.open()).image(AMD64);
  const found = await contentOf(image.layers[0]);
  const facts = (path: string): unknown => {
    const { mode, owner } = found.get(path) ?? assert.fail(path);
    return [mode.toString(8), owner];
  };
  assert.deepEqual(facts("tmp"), ["1777", "0:0"]);
  assert.deepEqual(facts("root"), ["700", "0:0"]);
  assert.deepEqual(facts("home"), ["755", "0:0"]);
  assert.deepEqual(facts("home/nonroot"), ["700", "65532:65532"]);
  assert.deepEqual(facts("etc/passwd"), ["644", "0:0"]);
  assert.equal(found.get("etc/ssl/certs/ca-certificates.crt")?.text, "A\nB\nC\n");
  assert.match(found.get("etc/passwd")?.text ?? "", /^nonroot:x:65532:65532:.*:\/home\/nonroot:/m);
  assert.match(found.get("etc/group")?.text ?? "", /^nonroot:x:65532:$/m);
  assert.match(found.get("etc/nsswitch.conf")?.text ?? "", /^hosts: files dns$/m);
  assert.match(found.get("etc/os-release")?.text ?? "", /^NAME="krust builtin"$/m);
});

Deno.test("`builtinSource()` runs as nobody in particular, and trusts its certificates", async () => {
  const source = builtinSource({ store: memoryStore(), certificates: [] });
  const { config } = await (await source.open()).image(AMD64);
  assert.deepEqual(config.config, {
    User: "65532:65532",
    Env: [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
    ],
    WorkingDir: "/home/nonroot",
  });
  assert.equal("created" in config, false);
});

Deno.test("`builtinSource()` holds all certificates of the runtime, as openssl counts them", async () => {
  const source = builtinSource({ store: memoryStore(), certificates: rootCertificates });
  const found = await contentOf((await (await source.open()).image(AMD64)).layers[0]);
  const text = found.get("etc/ssl/certs/ca-certificates.crt")?.text ?? "";
  assert.equal(text.match(/^-----BEGIN CERTIFICATE-----$/gm)?.length, rootCertificates.length);
  assert.equal(text.match(/^-----END CERTIFICATE-----$/gm)?.length, rootCertificates.length);
});
