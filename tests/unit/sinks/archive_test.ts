// The archive as both kinds of reader find it, and the file as it is when a write breaks off.
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestHex, sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import { readFile } from "../../../src/core/files.ts";
import { bytesOf, collect } from "../../../src/core/streams.ts";
import { readTar } from "../../../src/core/tar.ts";
import type { Image, Node } from "../../../src/image/image.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { SILENT } from "../../../src/report/reporter.ts";
import { archiveSink } from "../../../src/sinks/archive.ts";
import type { Target } from "../../../src/sinks/sink.ts";
import { digestsOf, noise, syntheticImage, syntheticIndex } from "../../support/images.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const TARGET: Target = {
  name: "hello",
  repository: { registry: "ghcr.io", name: "me/hello" },
  tags: ["v1", "latest"],
};

/** The archive's entries: path to content, and each header as `path mode mtime`. */
async function listing(
  path: string,
): Promise<{ files: Map<string, Uint8Array<ArrayBuffer>>; headers: readonly string[] }> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const headers: string[] = [];
  for await (const entry of readTar(await readFile(path), path)) {
    headers.push(
      `${entry.type} ${entry.path} ${entry.mode.toString(8)} ${entry.mtime} ${entry.uid}`,
    );
    if (entry.type === "file") files.set(entry.path, await collect(entry.body, 1e7, entry.path));
  }
  return { files, headers };
}

// deno-lint-ignore no-explicit-any
function json(files: Map<string, Uint8Array>, path: string): any {
  return JSON.parse(new TextDecoder().decode(files.get(path)));
}

async function write(
  path: string,
  root: Node,
  { target = TARGET, platform }: { readonly target?: Target; readonly platform?: string } = {},
): Promise<void> {
  const options = platform === undefined ? {} : { platform: parsePlatform(platform) };
  const references = await archiveSink({ path, ...options }).write(root, target, {
    report: SILENT,
  });
  assert.deepEqual(references, []);
}

Deno.test("`archiveSink()` writes what both an OCI reader and docker take", async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "hello.tar");
    const image = await syntheticImage();
    await write(path, image);
    const { files } = await listing(path);
    assert.deepEqual(json(files, "oci-layout"), { imageLayoutVersion: "1.0.0" });
    assert.deepEqual(
      json(files, "index.json").manifests.map((
        entry: { digest: string; annotations: Record<string, string> },
      ) => [
        entry.digest,
        entry.annotations["org.opencontainers.image.ref.name"],
        entry.annotations["io.containerd.image.name"],
      ]),
      [
        [image.descriptor.digest, "v1", "ghcr.io/me/hello:v1"],
        [image.descriptor.digest, "latest", "ghcr.io/me/hello:latest"],
      ],
    );
    const blob = (digest: `sha256:${string}`): string => `blobs/sha256/${digestHex(digest)}`;
    assert.deepEqual(json(files, "manifest.json"), [{
      Config: blob(image.configBlob.descriptor.digest),
      RepoTags: ["ghcr.io/me/hello:v1", "ghcr.io/me/hello:latest"],
      Layers: image.layers.map((layer) => blob(layer.descriptor.digest)),
    }]);
    for (const digest of digestsOf(image)) {
      assert.equal(sha256(files.get(blob(digest)) ?? new Uint8Array()), digest);
    }
  });
});

Deno.test("`archiveSink()` lists entries sorted, with fixed modes, times and owners", async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "hello.tar");
    await write(path, await syntheticImage());
    const { headers, files } = await listing(path);
    const blobs = [...files.keys()].filter((name) => name.startsWith("blobs/"));
    assert.deepEqual(blobs, blobs.toSorted());
    assert.deepEqual(headers, [
      "directory blobs 755 0 0",
      "directory blobs/sha256 755 0 0",
      ...blobs.map((name) => `file ${name} 644 0 0`),
      "file index.json 644 0 0",
      "file manifest.json 644 0 0",
      "file oci-layout 644 0 0",
    ]);
  });
});

Deno.test("`archiveSink()` gives the same bytes for the same image", async () => {
  await withTemporaryFolder(async (folder) => {
    const make = async (name: string): Promise<string> => {
      const path = join(folder, name);
      await write(path, await syntheticIndex(["linux/amd64", "linux/arm64"]));
      return sha256(await Deno.readFile(path));
    };
    assert.equal(await make("one.tar"), await make("another.tar"));
  });
});

Deno.test("`archiveSink()` holds every platform of an index, and shows docker one", async (t) => {
  const index = await syntheticIndex(["linux/amd64", "linux/arm64", "linux/arm/v7"]);
  const cases: readonly [string | undefined, number][] = [
    [undefined, 0],
    ["linux/arm64", 1],
    ["linux/arm/v7", 2],
    ["linux/s390x", 0],
  ];
  for (const [platform, expected] of cases) {
    await t.step(`platform ${platform}`, () =>
      withTemporaryFolder(async (folder) => {
        const path = join(folder, "hello.tar");
        await write(path, index, platform === undefined ? {} : { platform });
        const { files } = await listing(path);
        assert.equal(json(files, "index.json").manifests[0].digest, index.descriptor.digest);
        for (const digest of digestsOf(index)) {
          assert.ok(files.has(`blobs/sha256/${digestHex(digest)}`));
        }
        const shown = json(files, "manifest.json");
        assert.equal(shown.length, 1);
        assert.equal(
          `sha256:${shown[0].Config.slice("blobs/sha256/".length)}`,
          index.manifests[expected]?.configBlob.descriptor.digest,
        );
      }));
  }
});

Deno.test("`archiveSink()` names an image without a repository krust.local", async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "hello.tar");
    await write(path, await syntheticImage(), { target: { name: "hello", tags: ["latest"] } });
    const { files } = await listing(path);
    assert.deepEqual(json(files, "manifest.json")[0].RepoTags, ["krust.local/hello:latest"]);
  });
});

Deno.test("`archiveSink()` replaces the file only when the new one is whole", async (t) => {
  const image = await syntheticImage({ seed: 2 });
  const [first, ...rest] = image.layers;
  assert.ok(first);
  const failure = new KrustError("network-failed", "the line went dead");
  const bad: Readonly<Record<string, Image>> = {
    "a layer that fails": {
      ...image,
      layers: [{ ...first, open: () => Promise.reject(failure) }, ...rest],
    },
    "a layer that is too short": {
      ...image,
      layers: [{ ...first, open: () => Promise.resolve(bytesOf(noise(1, 10))) }, ...rest],
    },
  };
  for (const [name, root] of Object.entries(bad)) {
    await t.step(name, () =>
      withTemporaryFolder(async (folder) => {
        const path = join(folder, "hello.tar");
        await write(path, await syntheticImage({ seed: 1 }));
        const before = sha256(await Deno.readFile(path));
        await assert.rejects(write(path, root), KrustError);
        assert.equal(sha256(await Deno.readFile(path)), before);
        assert.deepEqual([...Deno.readDirSync(folder)].map((entry) => entry.name), ["hello.tar"]);
        await write(path, image);
        assert.notEqual(sha256(await Deno.readFile(path)), before);
      }));
  }
});

Deno.test("`archiveSink()` sweeps what a killed run left for the same file only", async () => {
  await withTemporaryFolder(async (folder) => {
    const left = join(folder, `.krust-${crypto.randomUUID()}.hello.tar`);
    const other = join(folder, `.krust-${crypto.randomUUID()}.other-hello.tar`);
    const busy = join(folder, `.krust-${crypto.randomUUID()}.hello.tar`);
    for (const path of [left, other, busy]) await Deno.writeTextFile(path, "half");
    using writer = await Deno.open(busy, { write: true });
    await writer.lock(true);
    await write(join(folder, "hello.tar"), await syntheticImage());
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map((entry) => join(folder, entry.name)).toSorted(),
      [busy, join(folder, "hello.tar"), other].toSorted(),
    );
  });
});

Deno.test("`archiveSink()` says what is in the way", async (t) => {
  await t.step("a folder", () =>
    withTemporaryFolder(async (folder) => {
      await assert.rejects(
        async () => write(folder, await syntheticImage()),
        (error) =>
          error instanceof KrustError && error.code === "sink-failed" &&
          error.message === `cannot write the archive "${folder}": it is a folder`,
      );
    }));
  await t.step("no folder to write in", () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, "none/hello.tar");
      await assert.rejects(
        async () => write(path, await syntheticImage()),
        (error) =>
          error instanceof KrustError && error.code === "sink-failed" &&
          error.cause instanceof Deno.errors.NotFound,
      );
    }));
});

Deno.test("`archiveSink()` follows a link, which stays one", () =>
  withTemporaryFolder(async (folder) => {
    const [link, real] = [join(folder, "link.tar"), join(folder, "real.tar")];
    await Deno.writeTextFile(real, "old");
    await Deno.symlink("real.tar", link);
    await write(link, await syntheticImage());
    assert.ok((await Deno.lstat(link)).isSymlink);
    assert.ok((await listing(real)).files.has("manifest.json"));
  }));

Deno.test("`archiveSink()` writes into a pipe, which stays one", () =>
  withTemporaryFolder(async (folder) => {
    const pipe = join(folder, "pipe");
    if (!(await new Deno.Command("mkfifo", { args: [pipe] }).output()).success) return;
    const read = new Deno.Command("cat", { args: [pipe], stdout: "piped" }).output();
    await write(pipe, await syntheticImage());
    assert.ok((await Deno.lstat(pipe)).isFifo);
    const copy = join(folder, "copy.tar");
    await Deno.writeFile(copy, (await read).stdout);
    assert.ok((await listing(copy)).files.has("manifest.json"));
  }));
