// The layout folder as other tools read it: before, after, and when a write breaks off.
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestHex, sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import type { Bytes } from "../../../src/core/streams.ts";
import type { Image, Node } from "../../../src/image/image.ts";
import { SILENT } from "../../../src/report/reporter.ts";
import { ociLayoutSink } from "../../../src/sinks/oci_layout.ts";
import type { Target } from "../../../src/sinks/sink.ts";
import { digestsOf, noise, syntheticImage, syntheticIndex } from "../../support/images.ts";
import { recordedReport } from "../../support/recorded_report.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const TARGET: Target = { name: "hello", tags: ["latest"] };

/** An entry of index.json as the tests look at it. */
interface Entry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

async function entries(layout: string): Promise<readonly Entry[]> {
  return JSON.parse(await Deno.readTextFile(join(layout, "index.json"))).manifests;
}

async function tags(layout: string): Promise<Record<string, string>> {
  const named = (await entries(layout)).map((
    entry,
  ) => [entry.annotations["org.opencontainers.image.ref.name"], entry.digest]);
  return Object.fromEntries(named);
}

function names(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).toSorted();
}

/** Asserts that every blob is what its name says, that all of `root` is there, and nothing half-made. */
async function assertWhole(layout: string, root: Node): Promise<void> {
  const blobs = join(layout, "blobs/sha256");
  for (const name of names(blobs)) {
    assert.equal(sha256(await Deno.readFile(join(blobs, name))), `sha256:${name}`);
  }
  for (const digest of digestsOf(root)) await Deno.stat(join(blobs, digestHex(digest)));
  assert.deepEqual(names(layout), ["blobs", "index.json", "oci-layout"]);
}

/** The same image with a first layer whose bytes stop coming half-way, by `stop`. */
function breaking(image: Image, stop: () => never): Image {
  const [first, ...rest] = image.layers;
  assert.ok(first);
  const open = (): Promise<Bytes> => {
    let sent = false;
    return Promise.resolve(
      new ReadableStream({
        pull(controller): void {
          if (sent) stop();
          sent = true;
          controller.enqueue(noise(1, 100));
        },
      }, { highWaterMark: 0 }),
    );
  };
  return { ...image, layers: [{ ...first, open }, ...rest] };
}

Deno.test("`ociLayoutSink()` writes an image as a layout of its own and gives no reference", async () => {
  await withTemporaryFolder(async (folder) => {
    const layout = join(folder, "made/for/it");
    const image = await syntheticImage();
    const references = await ociLayoutSink(layout).write(image, TARGET, { report: SILENT });
    assert.deepEqual(references, []);
    await assertWhole(layout, image);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(join(layout, "oci-layout"))), {
      imageLayoutVersion: "1.0.0",
    });
    assert.deepEqual(await entries(layout), [{
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: image.descriptor.digest,
      size: image.raw.length,
      annotations: { "org.opencontainers.image.ref.name": "latest" },
    }]);
  });
});

Deno.test("`ociLayoutSink()` writes an index with every platform and shares blobs", async () => {
  await withTemporaryFolder(async (folder) => {
    const index = await syntheticIndex(["linux/amd64", "linux/arm64"]);
    const report = recordedReport();
    await ociLayoutSink(folder).write(index, TARGET, { report });
    await assertWhole(folder, index);
    // 3 layers (one is shared), 2 configurations, 2 manifests, 1 index.
    assert.equal(names(join(folder, "blobs/sha256")).length, 8);
    const [step] = report.steps;
    assert.equal(step?.done, step?.total);
    assert.ok((step?.total ?? 0) > 0);
  });
});

Deno.test("`ociLayoutSink()` names an image in full where a repository is given", async () => {
  await withTemporaryFolder(async (folder) => {
    await ociLayoutSink(folder).write(await syntheticImage(), {
      name: "hello",
      repository: { registry: "ghcr.io", name: "me/hello" },
      tags: ["v1", "latest"],
    }, { report: SILENT });
    assert.deepEqual((await entries(folder)).map((entry) => entry.annotations), [
      {
        "io.containerd.image.name": "ghcr.io/me/hello:v1",
        "org.opencontainers.image.ref.name": "v1",
      },
      {
        "io.containerd.image.name": "ghcr.io/me/hello:latest",
        "org.opencontainers.image.ref.name": "latest",
      },
    ]);
  });
});

Deno.test("`ociLayoutSink()` keeps other tags, moves its own, and keeps what it does not know", async () => {
  await withTemporaryFolder(async (folder) => {
    const old = await syntheticImage({ seed: 1 });
    const next = await syntheticImage({ seed: 2 });
    const sink = ociLayoutSink(folder);
    await sink.write(old, { name: "hello", tags: ["v1", "latest"] }, { report: SILENT });
    const path = join(folder, "index.json");
    const index = JSON.parse(await Deno.readTextFile(path));
    index.annotations = { by: "another tool" };
    index.manifests.push({ mediaType: "application/x", digest: "sha512:0", size: 1, urls: ["u:"] });
    await Deno.writeTextFile(path, JSON.stringify(index));
    await sink.write(next, TARGET, { report: SILENT });
    const after = JSON.parse(await Deno.readTextFile(path));
    assert.deepEqual(after.annotations, { by: "another tool" });
    assert.deepEqual(after.manifests[1], {
      mediaType: "application/x",
      digest: "sha512:0",
      size: 1,
      urls: ["u:"],
    });
    after.manifests.splice(1, 1);
    await Deno.writeTextFile(path, JSON.stringify(after));
    assert.deepEqual(await tags(folder), {
      v1: old.descriptor.digest,
      latest: next.descriptor.digest,
    });
  });
});

Deno.test("`ociLayoutSink()` gives the same index.json when the same is written again", async () => {
  await withTemporaryFolder(async (folder) => {
    const image = await syntheticImage();
    const write = async (): Promise<string> => {
      await ociLayoutSink(folder).write(image, TARGET, { report: SILENT });
      return await Deno.readTextFile(join(folder, "index.json"));
    };
    assert.equal(await write(), await write());
  });
});

Deno.test("`ociLayoutSink()` reuses whole blobs and replaces damaged ones", async (t) => {
  const damages: Readonly<Record<string, (path: string, bytes: Uint8Array) => Promise<void>>> = {
    "a flipped bit": async (path, bytes) => {
      bytes[10] = (bytes[10] ?? 0) ^ 1;
      await Deno.writeFile(path, bytes);
    },
    "a cut": (path, bytes) => Deno.writeFile(path, bytes.subarray(1)),
    "a link to the right bytes": async (path, bytes) => {
      await Deno.remove(path);
      const elsewhere = join(path, "../../../elsewhere");
      await Deno.writeFile(elsewhere, bytes);
      await Deno.symlink(elsewhere, path);
    },
  };
  for (const [damage, inflict] of Object.entries(damages)) {
    await t.step(damage, () =>
      withTemporaryFolder(async (folder) => {
        const layout = join(folder, "layout");
        const image = await syntheticImage();
        const [layer, other] = image.layers;
        assert.ok(layer && other);
        await ociLayoutSink(layout).write(image, TARGET, { report: SILENT });
        const path = join(layout, "blobs/sha256", digestHex(layer.descriptor.digest));
        await inflict(path, await Deno.readFile(path));
        const opened: string[] = [];
        const watched: Image = {
          ...image,
          layers: image.layers.map((one) => ({
            ...one,
            open: (options) => {
              opened.push(one.descriptor.digest);
              return one.open(options);
            },
          })),
        };
        await ociLayoutSink(layout).write(watched, TARGET, { report: SILENT });
        assert.deepEqual(opened, [layer.descriptor.digest]);
        assert.ok((await Deno.lstat(path)).isFile);
        await Deno.remove(join(layout, "elsewhere")).catch(() => {});
        await assertWhole(layout, image);
      }));
  }
});

Deno.test("`ociLayoutSink()` refuses a place that holds something else, and leaves it alone", async (t) => {
  const places: Readonly<Record<string, [(path: string) => void, RegExp]>> = {
    "a file": [(path) => Deno.writeTextFileSync(path, "mine"), /it is a file/],
    "a folder with other things": [(path) => {
      Deno.mkdirSync(path);
      Deno.writeTextFileSync(join(path, "thesis.txt"), "mine");
    }, /holds other things/],
    "a folder below a file": [(path) => {
      Deno.writeTextFileSync(path, "mine");
    }, /file|directory/i],
  };
  for (const [place, [make, message]] of Object.entries(places)) {
    await t.step(place, () =>
      withTemporaryFolder(async (folder) => {
        const path = join(folder, "place");
        make(path);
        const at = place === "a folder below a file" ? join(path, "below") : path;
        await assert.rejects(
          async () => ociLayoutSink(at).write(await syntheticImage(), TARGET, { report: SILENT }),
          (error) =>
            error instanceof KrustError && error.code === "sink-failed" &&
            message.test(`${error.message} ${error.cause ?? ""}`) && error.message.includes(at),
        );
        const left = Deno.statSync(path).isFile ? ["a file"] : names(path);
        assert.ok(left.length === 1 && left[0] !== "oci-layout");
      }));
  }
});

Deno.test("`ociLayoutSink()` refuses a layout that it cannot keep whole", async (t) => {
  const documents: Readonly<Record<string, [string, string]>> = {
    "another version": ["oci-layout", '{"imageLayoutVersion":"2.0.0"}'],
    "an index.json that is not JSON": ["index.json", "{"],
    "an index.json without manifests": ["index.json", '{"schemaVersion":2}'],
    "annotations that are no strings": [
      "index.json",
      '{"schemaVersion":2,"manifests":[{"annotations":{"a":1}}]}',
    ],
  };
  for (const [name, [file, content]] of Object.entries(documents)) {
    await t.step(name, () =>
      withTemporaryFolder(async (folder) => {
        await ociLayoutSink(folder).write(await syntheticImage(), TARGET, { report: SILENT });
        await Deno.writeTextFile(join(folder, file), content);
        const next = await syntheticImage({ seed: 2 });
        await assert.rejects(
          ociLayoutSink(folder).write(next, TARGET, { report: SILENT }),
          (error) =>
            error instanceof KrustError && error.code === "document-invalid" &&
            error.message.includes(join(folder, file)),
        );
        assert.equal(await Deno.readTextFile(join(folder, file)), content);
      }));
  }
});

Deno.test("`ociLayoutSink()` leaves the old layout as it was when a blob fails half-way", async () => {
  await withTemporaryFolder(async (folder) => {
    const old = await syntheticImage({ seed: 1 });
    await ociLayoutSink(folder).write(old, TARGET, { report: SILENT });
    const before = await Deno.readTextFile(join(folder, "index.json"));
    const failure = new KrustError("network-failed", "the line went dead");
    const next = breaking(await syntheticImage({ seed: 2 }), () => {
      throw failure;
    });
    await assert.rejects(
      ociLayoutSink(folder).write(next, TARGET, { report: SILENT }),
      (error) => error === failure,
    );
    assert.equal(await Deno.readTextFile(join(folder, "index.json")), before);
    await assertWhole(folder, old);
  });
});

Deno.test("`ociLayoutSink()` rejects with the signal's reason when cancelled half-way", async () => {
  await withTemporaryFolder(async (folder) => {
    const old = await syntheticImage({ seed: 1 });
    await ociLayoutSink(folder).write(old, TARGET, { report: SILENT });
    const stop = new AbortController();
    const reason = new KrustError("interrupted", "interrupted");
    const next = breaking(await syntheticImage({ seed: 2 }), () => {
      stop.abort(reason);
      throw new Error("the stream broke because of the abort");
    });
    await assert.rejects(
      ociLayoutSink(folder).write(next, TARGET, { report: SILENT, signal: stop.signal }),
      (error) => error === reason,
    );
    await assertWhole(folder, old);
    assert.deepEqual(await tags(folder), { latest: old.descriptor.digest });
  });
});

Deno.test("`ociLayoutSink()` finishes what a killed run left", async (t) => {
  const leftovers: Readonly<Record<string, (layout: string) => Promise<void>>> = {
    "an oci-layout that nothing was written to yet": (layout) =>
      Deno.writeTextFile(join(layout, "oci-layout"), ""),
    "temporaries and no index.json": async (layout) => {
      await Deno.writeTextFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
      await Deno.mkdir(join(layout, "blobs/sha256"), { recursive: true });
      const left = `.krust-${crypto.randomUUID()}`;
      await Deno.writeTextFile(join(layout, `${left}.index.json`), "{");
      await Deno.writeTextFile(join(layout, "blobs/sha256", `${left}.${"0".repeat(64)}`), "x");
    },
  };
  for (const [name, leave] of Object.entries(leftovers)) {
    await t.step(name, () =>
      withTemporaryFolder(async (folder) => {
        await leave(folder);
        const image = await syntheticImage();
        await ociLayoutSink(folder).write(image, TARGET, { report: SILENT });
        await assertWhole(folder, image);
      }));
  }
});

Deno.test("`ociLayoutSink()` loses no tag when many write to one layout at once", async () => {
  await withTemporaryFolder(async (folder) => {
    const layout = join(folder, "layout");
    const images = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => syntheticImage({ seed })));
    await Promise.all(
      images.map((image, at) =>
        ociLayoutSink(layout).write(image, { name: "hello", tags: [`t${at}`] }, { report: SILENT })
      ),
    );
    assert.deepEqual(
      await tags(layout),
      Object.fromEntries(images.map((image, at) => [`t${at}`, image.descriptor.digest])),
    );
    for (const image of images) await assertWhole(layout, image);
  });
});

Deno.test("`ociLayoutSink()` says that it waits for another program, and stops waiting when cancelled", async () => {
  await withTemporaryFolder(async (folder) => {
    await ociLayoutSink(folder).write(await syntheticImage(), TARGET, { report: SILENT });
    using other = await Deno.open(join(folder, "oci-layout"), { read: true, write: true });
    await other.lock(true);
    const stop = new AbortController();
    const reason = new KrustError("interrupted", "interrupted");
    const recorded = recordedReport();
    const report = {
      ...recorded,
      info(text: string): void {
        recorded.info(text);
        stop.abort(reason);
      },
    };
    await assert.rejects(
      ociLayoutSink(folder).write(await syntheticImage({ seed: 2 }), TARGET, {
        report,
        signal: stop.signal,
      }),
      (error) => error === reason,
    );
    assert.deepEqual(recorded.messages, [
      `info: Waiting for another program to finish with: ${folder}`,
    ]);
  });
});
