// A registry's content on disk beyond the contract: what outlives the server, and what never shows.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Digest, digestHex, sha256 } from "../../../src/core/digest.ts";
import { encodeJson } from "../../../src/core/json.ts";
import { type Bytes, bytesOf } from "../../../src/core/streams.ts";
import { formatImageIndex, formatImageManifest } from "../../../src/oci/manifest.ts";
import type { Manifest } from "../../../src/oci/descriptor.ts";
import { MEDIA_TYPE } from "../../../src/oci/media_type.ts";
import { ABANDONED_AGE, DiskContents } from "../../../src/registry/disk_contents.ts";
import { RegistryError } from "../../../src/registry/errors.ts";
import { drain } from "../../support/streams.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const CONFIG = encodeJson({});
const CONFIG_DIGEST = sha256(CONFIG);
const IMAGE = formatImageManifest({
  config: { mediaType: MEDIA_TYPE.config, digest: CONFIG_DIGEST, size: CONFIG.length },
  layers: [],
});
const SBOM = formatImageManifest({
  artifactType: "application/spdx+json",
  config: { mediaType: MEDIA_TYPE.empty, digest: CONFIG_DIGEST, size: CONFIG.length },
  layers: [],
  subject: IMAGE.descriptor,
});

function test(name: string, run: (folder: string) => Promise<void>): void {
  Deno.test(`DiskContents ${name}`, () => withTemporaryFolder(run));
}

function open(folder: string, now: number = Date.now()): Promise<DiskContents> {
  return DiskContents.open(folder, now);
}

async function pushBlob(
  contents: DiskContents,
  repository: string,
  bytes: Uint8Array<ArrayBuffer> = CONFIG,
): Promise<Digest> {
  const staged = await contents.stageBlob({ repository, id: crypto.randomUUID() });
  await staged.append(bytesOf(bytes));
  const digest = sha256(bytes);
  await staged.commit(repository, digest);
  return digest;
}

function put(
  contents: DiskContents,
  manifest: Manifest,
  at: string,
  repository = "team/app",
): Promise<unknown> {
  return contents.putManifest(repository, manifest.raw, manifest.descriptor.mediaType, at);
}

function refuses(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RegistryError, String(error));
    assert.deepEqual(error.errors.map((one) => one.code), [code]);
    return true;
  };
}

/** Every file below a folder. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await filesIn(path));
    else found.push(path);
  }
  return found;
}

test("keeps all that was pushed when it is opened again", async (folder) => {
  const before = await open(folder);
  await pushBlob(before, "team/app");
  await put(before, IMAGE, "v1");
  await put(before, SBOM, SBOM.descriptor.digest);
  const after = await open(folder);
  assert.deepEqual(await after.listRepositories(), ["team/app"]);
  assert.deepEqual(await after.listTags("team/app"), ["v1"]);
  assert.deepEqual(await after.findManifest("team/app", "v1"), IMAGE);
  const body = await after.findBlob("team/app", CONFIG_DIGEST);
  assert.ok(body);
  assert.deepEqual(await drain(await body.open()), CONFIG);
  assert.deepEqual(await after.listReferrers("team/app", IMAGE.descriptor.digest), [
    SBOM.descriptor,
  ]);
});

test("goes on with an upload after a restart, for its own repository only", async (folder) => {
  const upload = { repository: "app", id: "u-1" };
  const staged = await (await open(folder)).stageBlob(upload);
  await staged.append(bytesOf(CONFIG.slice(0, 1)));
  const contents = await open(folder);
  assert.equal(await contents.resumeBlob({ repository: "other", id: "u-1" }), undefined);
  const resumed = await contents.resumeBlob(upload);
  assert.ok(resumed);
  assert.equal(resumed.size, 1);
  await resumed.append(bytesOf(CONFIG.slice(1)));
  await resumed.commit("app", CONFIG_DIGEST);
  assert.equal((await contents.findBlob("app", CONFIG_DIGEST))?.size, CONFIG.length);
  assert.equal(await contents.resumeBlob(upload), undefined, "it is over");
});

test("keeps nothing of bytes with another digest, fresh or resumed", async (folder) => {
  const contents = await open(folder);
  const wrong = sha256(new Uint8Array([1]));
  const upload = { repository: "app", id: "u-1" };
  const fresh = await contents.stageBlob(upload);
  await fresh.append(bytesOf(CONFIG));
  await assert.rejects(fresh.commit("app", wrong), refuses("DIGEST_INVALID"));
  await (await contents.stageBlob(upload)).append(bytesOf(CONFIG));
  const resumed = await contents.resumeBlob(upload);
  assert.ok(resumed);
  await assert.rejects(resumed.commit("app", wrong), refuses("DIGEST_INVALID"));
  assert.deepEqual(await filesIn(folder), []);
});

test("shows nothing of an upload that is not committed", async (folder) => {
  const contents = await open(folder);
  const staged = await contents.stageBlob({ repository: "app", id: "u-1" });
  await staged.append(bytesOf(CONFIG));
  assert.equal(await contents.findBlob("app", CONFIG_DIGEST), undefined);
  assert.deepEqual(await contents.listRepositories(), []);
  assert.equal(await contents.listTags("app"), undefined);
});

test("keeps what came before a body broke off, and no more", async (folder) => {
  const contents = await open(folder);
  const staged = await contents.stageBlob({ repository: "app", id: "u-1" });
  const broken: Bytes = new ReadableStream({
    pull(controller): void {
      if (staged.size === 0) controller.enqueue(CONFIG.slice(0, 1));
      else controller.error(new TypeError("the client went away"));
    },
  }, { highWaterMark: 0 });
  await assert.rejects(staged.append(broken), /went away/);
  assert.equal(staged.size, 1);
  await staged.append(bytesOf(CONFIG.slice(1)));
  await staged.commit("app", CONFIG_DIGEST);
  assert.ok(await contents.findBlob("app", CONFIG_DIGEST));
});

test("keeps bytes once, and shows them where they were pushed or mounted", async (folder) => {
  const contents = await open(folder);
  await pushBlob(contents, "a");
  await pushBlob(contents, "b");
  assert.equal(await contents.mountBlob("a", "c", CONFIG_DIGEST), true);
  assert.equal(await contents.mountBlob("nobody", "d", CONFIG_DIGEST), false);
  assert.equal(await contents.findBlob("d", CONFIG_DIGEST), undefined);
  assert.equal(await contents.deleteBlob("a", CONFIG_DIGEST), true);
  assert.equal(await contents.deleteBlob("a", CONFIG_DIGEST), false);
  assert.equal(await contents.findBlob("a", CONFIG_DIGEST), undefined);
  for (const repository of ["b", "c"]) {
    assert.ok(await contents.findBlob(repository, CONFIG_DIGEST), repository);
  }
  const named = (await filesIn(join(folder, "blobs"))).map((path) => path.split("/").at(-1));
  assert.deepEqual(named, [digestHex(CONFIG_DIGEST)]);
});

test("takes a manifest's tags and its place among referrers away with it", async (folder) => {
  const contents = await open(folder);
  await pushBlob(contents, "team/app");
  await put(contents, IMAGE, "v1");
  await put(contents, SBOM, "sbom");
  await put(contents, SBOM, "sbom2");
  assert.equal(await contents.deleteManifest("team/app", "sbom"), true);
  assert.deepEqual(await contents.listTags("team/app"), ["sbom2", "v1"]);
  assert.equal(await contents.deleteManifest("team/app", SBOM.descriptor.digest), true);
  assert.equal(await contents.deleteManifest("team/app", SBOM.descriptor.digest), false);
  assert.deepEqual(await contents.listTags("team/app"), ["v1"]);
  assert.deepEqual(await contents.listReferrers("team/app", IMAGE.descriptor.digest), []);
});

test("refuses manifests that are none, or name what is not there", async (folder) => {
  const contents = await open(folder);
  await assert.rejects(put(contents, IMAGE, "v1"), refuses("MANIFEST_BLOB_UNKNOWN"));
  const index = formatImageIndex({ manifests: [IMAGE.descriptor] });
  await assert.rejects(put(contents, index, "v1"), refuses("MANIFEST_BLOB_UNKNOWN"));
  await pushBlob(contents, "team/app");
  await assert.rejects(put(contents, IMAGE, CONFIG_DIGEST), refuses("DIGEST_INVALID"));
  const text = new TextEncoder().encode("no JSON");
  const putting = contents.putManifest("team/app", text, MEDIA_TYPE.manifest, "v1");
  await assert.rejects(putting, refuses("MANIFEST_INVALID"));
  assert.deepEqual(await contents.listTags("team/app"), []);
});

const OUTSIDE: readonly (readonly [repository: string, at: string, code: string])[] = [
  ["../up", "v1", "NAME_INVALID"],
  ["a/../../up", "v1", "NAME_INVALID"],
  ["/etc", "v1", "NAME_INVALID"],
  ["a/_tags", "v1", "NAME_INVALID"],
  ["a\0b", "v1", "NAME_INVALID"],
  ["a", "../../up", "MANIFEST_INVALID"],
  ["a", "..", "MANIFEST_INVALID"],
  ["a", "sha256:../../up", "MANIFEST_INVALID"],
];

for (const [repository, at, code] of OUTSIDE) {
  test(`makes no path of ${JSON.stringify([repository, at])}`, async (folder) => {
    const contents = await open(join(folder, "registry"));
    await assert.rejects(contents.findManifest(repository, at), refuses(code));
    await assert.rejects(contents.deleteManifest(repository, at), refuses(code));
  });
}

test("makes no path of an upload's name that is none", async (folder) => {
  const contents = await open(folder);
  for (const id of ["../up", "a/b", "", "x".repeat(200)]) {
    const resuming = contents.resumeBlob({ repository: "app", id });
    await assert.rejects(resuming, refuses("BLOB_UPLOAD_UNKNOWN"), id);
  }
});

test("holds together when many push the same at once, over two servers", async (folder) => {
  const servers = [await open(folder), await open(folder)] as const;
  await Promise.all(Array.from({ length: 20 }, async (_, at) => {
    const contents = servers[at % 2 === 0 ? 0 : 1];
    await pushBlob(contents, "team/app");
    await put(contents, IMAGE, `v${at % 3}`);
  }));
  assert.deepEqual(await servers[0].listTags("team/app"), ["v0", "v1", "v2"]);
  assert.deepEqual(await servers[1].findManifest("team/app", "v0"), IMAGE);
  assert.deepEqual(await filesIn(join(folder, "arriving")), []);
});

test("removes what has not gone on arriving for a day, and nothing else", async (folder) => {
  const upload = { repository: "app", id: "u-1" };
  const contents = await open(folder);
  await pushBlob(contents, "app");
  await (await contents.stageBlob(upload)).append(bytesOf(CONFIG));
  const now = Date.now();
  assert.ok(await (await open(folder, now + ABANDONED_AGE / 2)).resumeBlob(upload));
  const later = await open(folder, now + ABANDONED_AGE + 60_000);
  assert.equal(await later.resumeBlob(upload), undefined);
  assert.ok(await later.findBlob("app", CONFIG_DIGEST));
});
