// What others' security advisories teach, one test each, with the advisory's name in the test's. Rows that
// are about what other tests show whole are listed in docs/audit.md with those tests.
import assert from "node:assert/strict";
import { join } from "node:path";
import { askHelper } from "../../src/auth/credential_helper.ts";
import { openKeychain } from "../../src/auth/keychain.ts";
import { which } from "../../src/cargo/which.ts";
import { parseProjectMetadata } from "../../src/config/project_metadata.ts";
import { sha256 } from "../../src/core/digest.ts";
import { KrustError } from "../../src/core/error.ts";
import { type Bytes, bytesOf } from "../../src/core/streams.ts";
import { readTar } from "../../src/core/tar.ts";
import { MANIFEST_LIMIT, parseManifest } from "../../src/oci/manifest.ts";
import { MEDIA_TYPE } from "../../src/oci/media_type.ts";
import { HttpRegistry } from "../../src/registry/client.ts";
import { handmadeTar } from "../fuzz/tar_examples.ts";
import { memoryStore } from "../support/memory_store.ts";
import { drain } from "../support/streams.ts";
import { withTemporaryFolder } from "../support/temporary_folder.ts";
import { ALICE, failure, HOME, keychain, status, testClock, wire } from "../unit/registry/wire.ts";
import { contentOf } from "../../src/registry/reading.ts";
import { BaseDocuments } from "../../src/sources/base_documents.ts";

const CONTENT = new TextEncoder().encode("a layer");
const LAYER = { mediaType: MEDIA_TYPE.layer, digest: sha256(CONTENT), size: CONTENT.length };

/** A client that has Alice's password, and what went over the wire. */
function client(answer: Parameters<typeof wire>[0], host = HOME, warnings: string[] = []) {
  const { transport, sent } = wire(answer);
  const retry = { clock: testClock(), warn: (text: string): void => void warnings.push(text) };
  return {
    registry: new HttpRegistry(host, { transport, keychain: keychain(ALICE), retry }),
    sent,
  };
}

const basic = (): Response => status(401, { "www-authenticate": 'Basic realm="x"' });

for (const id of ["CVE-2020-15157", "GHSA-qvqc-4c52-x6qp"]) {
  Deno.test(`${id}: a storage host that asks for credentials is not answered`, async () => {
    const { registry, sent } = client(({ url, headers }) => {
      if (url.host !== HOME) {
        return status(401, { "www-authenticate": `Bearer realm="https://cdn.test/token"` });
      }
      return headers.has("authorization")
        ? status(307, { location: "https://cdn.test/blob" })
        : basic();
    });
    await failure(registry.getBlob("app", LAYER));
    const elsewhere = sent.filter(({ url }) => url.host !== HOME);
    assert.deepEqual(elsewhere.map(({ url }) => url.href), ["https://cdn.test/blob"]);
    assert.equal(elsewhere[0]?.headers.get("authorization"), null);
  });
}

Deno.test("GHSA-vh4v-2xq2-g5cg: another port is another host, for redirects and for uploads", async () => {
  const { registry, sent } = client(({ method, url, headers }) => {
    if (url.port === "8443") return status(201);
    if (!headers.has("authorization")) return basic();
    if (method === "HEAD") return status(404);
    return status(method === "POST" ? 202 : 307, { location: `https://${HOME}:8443/u` });
  });
  const blob = { descriptor: LAYER, open: () => Promise.resolve(bytesOf(CONTENT)) };
  assert.equal(await registry.pushBlob("app", blob), "uploaded");
  const uploads = sent.filter(({ url }) => url.port === "8443");
  assert.ok(uploads.length > 0);
  for (const { headers } of uploads) assert.equal(headers.get("authorization"), null);
});

const METADATA_HOSTS = [
  "169.254.169.254",
  "[fd00:ec2::254]",
  "[::ffff:169.254.169.254]",
  "[64:ff9b::169.254.169.254]",
  "192.0.0.192",
  "100.100.100.200",
];

for (
  const [id, lead] of [
    ["ggcr#2193", (at: string) => status(401, { "www-authenticate": `Bearer realm="${at}"` })],
    ["ggcr#2243", (at: string) => status(307, { location: at })],
  ] as const
) {
  Deno.test(`${id}: no registry leads to a cloud's metadata service`, async () => {
    for (const host of METADATA_HOSTS) {
      const { registry, sent } = client(() => lead(`https://${host}/latest/meta-data`));
      await failure(registry.getManifest("app", "latest"));
      assert.deepEqual(sent.filter(({ url }) => url.host !== HOME), [], host);
    }
  });
}

Deno.test("ggcr#2292: no token server redirects to a cloud's metadata service", async () => {
  const { registry, sent } = client(({ url }) =>
    url.host === HOME
      ? status(401, { "www-authenticate": 'Bearer realm="https://auth.test/token"' })
      : status(302, { location: "https://169.254.169.254/latest/api/token" })
  );
  await failure(registry.getManifest("app", "latest"));
  assert.deepEqual(
    new Set(sent.map(({ url }) => url.host)),
    new Set([HOME, "auth.test"]),
  );
});

Deno.test("ggcr#2349: what comes back from a foreign host is not given the token again", async () => {
  const { registry, sent } = client(({ url, headers }) => {
    if (url.host !== HOME) return status(307, { location: `https://${HOME}/v2/app/chosen` });
    if (url.pathname.endsWith("/chosen")) return basic();
    return headers.has("authorization") ? status(307, { location: "https://evil.test/" }) : basic();
  });
  await failure(registry.getManifest("app", "latest"));
  const chosen = sent.filter(({ url }) => url.pathname.endsWith("/chosen"));
  assert.equal(chosen.length, 1);
  assert.equal(chosen[0]?.headers.get("authorization"), null);
});

const NEAR_GHCR = ["ghcr.io.evil.test", "evil-ghcr.io", "ghcr.io:8443", "xghcr.io", "ghcr.iox"];

for (const id of ["CVE-2024-35192", "GHSA-9m43-p3cx-w8j5"]) {
  Deno.test(`${id}: an ambient token goes to its own host alone`, async () => {
    const env: Readonly<Record<string, string>> = {
      GITHUB_ACTIONS: "true",
      GITHUB_TOKEN: "ghs_canary",
    };
    const keys = openKeychain({ env: (name) => env[name], run: () => assert.fail("no helper") });
    assert.equal((await keys.resolve({ registry: "ghcr.io", name: "a/b" })).kind, "basic");
    for (const registry of NEAR_GHCR) {
      assert.equal((await keys.resolve({ registry, name: "a/b" })).kind, "anonymous", registry);
    }
  });
}

Deno.test("sigstore-js 85c58380: a login is found by the whole host, by no part of it", async () => {
  const login = { host: "ghcr.io", username: "me", password: "canary", source: "here" };
  const keys = openKeychain({
    env: () => undefined,
    run: () => assert.fail("no helper"),
    logins: [login],
  });
  for (const registry of NEAR_GHCR) {
    assert.equal((await keys.resolve({ registry, name: "a" })).kind, "anonymous", registry);
  }
});

Deno.test("GHSA-qv35-3gw6-8q4j: the pin that the user gave is checked, not the registry's header", async () => {
  const pin = sha256(new TextEncoder().encode("what was meant"));
  const other = JSON.stringify({ schemaVersion: 2, config: LAYER, layers: [] });
  const { registry } = client(() =>
    new Response(other, {
      headers: { "content-type": MEDIA_TYPE.manifest, "docker-content-digest": pin },
    })
  );
  assert.equal((await failure(registry.getManifest("app", pin))).code, "digest-mismatch");
});

Deno.test("GHSA-qv35-3gw6-8q4j: a pinned base is what its digest says, though the cache says otherwise", async () => {
  const store = memoryStore();
  const digest = sha256(CONTENT);
  const { registry } = client(() => status(404));
  const documents = new BaseDocuments({
    reference: { registry: HOME, name: "base", digest },
    registry,
    store: {
      ...store,
      recall: () => Promise.resolve({ ...LAYER, digest: sha256(new Uint8Array()) }),
    },
    offline: false,
  });
  await store.ingest(bytesOf(new Uint8Array()), MEDIA_TYPE.manifest);
  assert.equal((await failure(documents.root({}))).code, "base-not-found");
});

Deno.test("CVE-2021-41190: one document is of one type", () => {
  const raw = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, config: LAYER, layers: [], manifests: [] }),
  );
  assert.throws(() => parseManifest(raw, undefined, "it"), /both layers and manifests/);
  assert.throws(() => parseManifest(raw, MEDIA_TYPE.index, "it"), /both layers and manifests/);
});

/** A body without end, and how much was taken of it. */
function endless(): { readonly body: Bytes; taken(): number } {
  let taken = 0;
  const chunk = new Uint8Array(64 * 1024).fill(0x20);
  return {
    taken: () => taken,
    body: new ReadableStream({
      pull(controller): void {
        taken += chunk.length;
        controller.enqueue(chunk.slice());
      },
    }, { highWaterMark: 0 }),
  };
}

Deno.test("CVE-2020-1702: every body that a registry or token server sends has an end", async () => {
  const challenge = { "www-authenticate": 'Bearer realm="https://auth.test/token"' };
  for (
    const [what, code, most] of [
      ["manifest", 200, MANIFEST_LIMIT],
      ["error", 404, 64 * 1024],
      ["token", 200, 1024 * 1024],
    ] as const
  ) {
    const { body, taken } = endless();
    const { registry } = client(({ url }) =>
      what === "token" && url.host === HOME
        ? status(401, challenge)
        : new Response(body, { status: code })
    );
    await failure(registry.getManifest("app", "latest"));
    assert.ok(taken() > 0 && taken() <= most + 256 * 1024, `${what}: ${taken()} bytes`);
  }
});

Deno.test("CVE-2023-0821: what a proxy has compressed does not grow without end in memory", async () => {
  const bomb = await new Response(
    bytesOf(new Uint8Array(64 * 1024 * 1024)).pipeThrough(new CompressionStream("gzip")),
  ).bytes();
  const zipped = (): Response => new Response(bomb, { headers: { "content-encoding": "gzip" } });
  const { registry } = client(zipped);
  assert.match((await failure(registry.getManifest("app", "latest"))).message, /is larger than/);
  const answer = { response: zipped(), url: new URL(`https://${HOME}/`), own: true };
  const ask = { repository: "app", scopes: [], attempt: { label: "pull", host: HOME } };
  let most = 0;
  for await (const chunk of await contentOf(answer, ask, "network-failed")) {
    most = Math.max(most, chunk.length);
  }
  assert.ok(most > 0 && most < 8 * 1024 * 1024, `a chunk of ${most} bytes`);
});

const ODD_DIGESTS = [
  "sha256:../../../etc/passwd",
  `sha256:${"A".repeat(64)}`,
  `sha256:${"0".repeat(63)}`,
  `sha256:${"0".repeat(64)}/x`,
  `sha512:${"0".repeat(128)}`,
  "",
];

Deno.test("CVE-2024-3727: no digest of another form gets into a path or an address", () => {
  for (const digest of ODD_DIGESTS) {
    const layer = { ...LAYER, digest };
    const raw = new TextEncoder().encode(
      JSON.stringify({ schemaVersion: 2, config: LAYER, layers: [layer] }),
    );
    assert.throws(() => parseManifest(raw, undefined, "it"), KrustError, digest);
  }
});

/** The names and sizes in an archive. */
async function entriesOf(bytes: Uint8Array<ArrayBuffer>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { path, size, body } of readTar(bytesOf(bytes), "a layer")) {
    found.push(`${path} ${(await drain(body)).length} ${size}`);
  }
  return found;
}

/** An archive in an archive: what a reader that loses count takes for entries of the outer one. */
const INNER = new TextDecoder().decode(handmadeTar([{ name: "evil", type: "0" }]));

for (const id of ["CVE-2025-62518", "CVE-2026-33055", "GHSA-3pv8-6f4r-ffg2"]) {
  Deno.test(`${id}: a PAX size is of the next file, and what is in it is no entry`, async () => {
    const record = `13 size=${INNER.length}\n`;
    assert.equal(record.length, 13);
    const outer = handmadeTar([
      { name: "pax", type: "x", content: record },
      { name: "file", type: "0", content: INNER },
      { name: "after", type: "0" },
    ]);
    assert.deepEqual(await entriesOf(outer), [`file ${INNER.length} ${INNER.length}`, "after 0 0"]);
    // With no size in the file's own header, only the PAX record says that the content is content.
    const silent = outer.slice();
    const at = 2 * 512;
    silent.set(new TextEncoder().encode("00000000000"), at + 124);
    const zero = silent.subarray(at, at + 512);
    zero.set(new TextEncoder().encode("        "), 148);
    const sum = zero.reduce((total, byte) => total + byte, 0);
    zero.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    assert.deepEqual(await entriesOf(silent), [
      `file ${INNER.length} ${INNER.length}`,
      "after 0 0",
    ]);
  });
}

Deno.test("CVE-2026-59874: a negative size is refused", async () => {
  const bytes = handmadeTar([{ name: "a", type: "0" }]);
  bytes.fill(0xff, 124, 136);
  bytes.set(new TextEncoder().encode("        "), 148);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  await assert.rejects(entriesOf(bytes), KrustError);
});

Deno.test("ko#1620: a project's own settings name no program, no flag for one, and no registry's rules", () => {
  const manifest = { path: "Cargo.toml", text: "" };
  for (
    const key of ["build", "registries", "platforms", "insecure-registry", "offline", "tarball"]
  ) {
    assert.throws(
      () => parseProjectMetadata("package", manifest, { [key]: {} }),
      /not allowed in project config/,
      key,
    );
  }
  for (const value of ["--config=x", "-Zunstable-options"]) {
    for (const key of ["features", "bin", "profile", "example"]) {
      assert.throws(() => parseProjectMetadata("package", manifest, { [key]: value }), KrustError);
    }
  }
});

Deno.test("CVE-2022-25914: a program is looked for without being run", () =>
  withTemporaryFolder(async (folder) => {
    const program = join(folder, "tool");
    await Deno.writeTextFile(program, `#!/bin/sh\ntouch ${folder}/ran\n`, { mode: 0o755 });
    const host = { env: () => folder, cwd: folder };
    assert.equal(await which("tool", host), program);
    await assert.rejects(Deno.stat(join(folder, "ran")), Deno.errors.NotFound);
  }));

for (const id of ["CVE-2020-5260", "CVE-2020-11008", "CVE-2024-53263"]) {
  Deno.test(`${id}: a helper is asked for one host, by its name`, async () => {
    for (const address of ["", "a\nhost=b", "a\r", "a\u0000b"]) {
      const asked = askHelper("docker-credential-x", address, () => assert.fail("it was run"));
      assert.equal((await failure(asked)).code, "credential-helper-failed");
    }
  });
}

Deno.test("ghrc.io: who has credentials for a near miss of a known registry is warned before they go", async () => {
  const warnings: string[] = [];
  const { registry } = client(
    ({ headers }) => {
      if (!headers.has("authorization")) return basic();
      assert.equal(warnings.length, 1);
      return status(404);
    },
    "ghrc.io",
    warnings,
  );
  await failure(registry.getManifest("a", "latest"));
  await failure(registry.getManifest("b", "latest"));
  assert.deepEqual(warnings, ["credentials are being shown to ghrc.io, which is not ghcr.io"]);
});

Deno.test("ghrc.io: a registry that is as near by right is not warned of", async () => {
  for (const host of ["ghcr.io", "gcr.io", "icr.io", "eu.gcr.io", "docker.io", "registry.test"]) {
    const warnings: string[] = [];
    const { registry } = client(
      ({ headers }) => headers.has("authorization") ? status(404) : basic(),
      host,
      warnings,
    );
    await failure(registry.getManifest("a", "latest"));
    assert.deepEqual(warnings, [], host);
  }
});
