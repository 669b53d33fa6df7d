import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type BuildDependencies,
  buildImage,
  type BuildRequest,
} from "../../../src/build/build_image.ts";
import { type Compilation, compileWithCargo } from "../../../src/build/compile.ts";
import type { Cargo, CargoPlan, Executable, Project } from "../../../src/cargo/cargo.ts";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import { imagePlatform, imagesOf, type Node } from "../../../src/image/image.ts";
import { emptyImage } from "../../../src/image/mutate.ts";
import { validateImage } from "../../../src/image/validate.ts";
import { formatPlatform, parsePlatform, SUPPORTED_PLATFORMS } from "../../../src/oci/platform.ts";
import type { Base, Source } from "../../../src/sources/source.ts";
import { listLayer } from "../../support/layer_listing.ts";
import { memoryStore } from "../../support/memory_store.ts";
import { type RecordedReport, recordedReport } from "../../support/recorded_report.ts";
import { withTemporaryFolder } from "../../support/temporary_folder.ts";

const PROJECT: Project = {
  directory: "/p",
  manifestPath: "/p/Cargo.toml",
  workspaceRoot: "/p",
  targetDirectory: "/p/target",
  package: { name: "hello", version: "1.2.3", authors: [] },
  binaries: ["one", "two"],
  example: false,
};

const COMPILATION: Compilation = {
  project: PROJECT,
  libc: "musl",
  profile: "release",
  offline: false,
  args: ["--locked"],
};

const REQUEST: Omit<BuildRequest, "executables"> = {
  platforms: [parsePlatform("linux/amd64")],
  labels: {},
  annotations: {},
  facts: () => Promise.resolve({ title: "hello" }),
  target: { name: "hello", tags: ["latest"] },
};

/** A cargo that makes a file for each binary and platform, and remembers what it was asked. */
function cargoIn(folder: string, plans: CargoPlan[] = []): Cargo {
  return {
    members: () => Promise.resolve([]),
    project: () => Promise.resolve(PROJECT),
    async build(project, plan): Promise<readonly (readonly Executable[])[]> {
      plans.push(plan);
      return await Promise.all(
        plan.platforms.map((platform) =>
          Promise.all(project.binaries.map(async (name) => {
            const content = new TextEncoder().encode(`${name} for ${formatPlatform(platform)}`);
            const path = join(folder, sha256(content).slice(7));
            await Deno.writeFile(path, content);
            return {
              name,
              path,
              target: "",
              platform,
              size: content.length,
              digest: sha256(content),
              elf: { machine: "x86_64", needed: [] },
            };
          }))
        ),
      );
    },
  };
}

/** A base that has these platforms; all where none are given. */
function baseFor(platforms?: readonly string[]): () => Source {
  const held = platforms?.map((name) => {
    const [os = "", architecture = ""] = name.split("/");
    return { os, architecture };
  });
  const base: Base = {
    ...(held === undefined ? {} : { platforms: held, name: "x.test/base:v1" }),
    image(platform) {
      if (platforms?.includes(formatPlatform(platform)) === false) {
        return Promise.reject(new KrustError("base-platform-missing", formatPlatform(platform)));
      }
      return Promise.resolve(emptyImage(platform));
    },
  };
  const source: Source = { open: () => Promise.resolve(base) };
  return () => source;
}

interface Built {
  readonly root: Node;
  readonly plans: readonly CargoPlan[];
  readonly report: RecordedReport;
}

async function built(
  request: Partial<BuildRequest>,
  { cargo, ...dependencies }: Partial<BuildDependencies> & { readonly cargo?: Cargo } = {},
): Promise<Built> {
  return await withTemporaryFolder(async (folder) => {
    const plans: CargoPlan[] = [];
    const report = recordedReport();
    const executables = compileWithCargo(cargo ?? cargoIn(folder, plans), COMPILATION, report);
    const { root } = await buildImage({ ...REQUEST, executables, ...request }, {
      base: baseFor(),
      store: memoryStore(),
      sink: { write: () => Promise.resolve([]) },
      report,
      cpus: 1,
      ...dependencies,
    });
    await validateImage(root, { deep: true });
    return { root, plans, report };
  });
}

Deno.test("buildImage() packs all executables; the first is the entrypoint", async () => {
  const { root } = await built({});
  assert.equal(root.kind, "image");
  const [image] = imagesOf(root);
  assert.deepEqual(image?.config.config?.Entrypoint, ["/app/one"]);
  const [layer] = image?.layers ?? [];
  assert.ok(layer !== undefined);
  const paths = [...(await listLayer(layer)).matchAll(/^(\S+) /gm)].map(([, path]) => path);
  assert.deepEqual(paths, ["./app", "./app/one", "./app/two"]);
});

Deno.test("buildImage() asks cargo once for all platforms and gives an index over them", async () => {
  const platforms = ["linux/arm64", "linux/amd64"].map(parsePlatform);
  const { root, plans } = await built({ platforms });
  assert.deepEqual(plans, [
    { platforms, libc: "musl", profile: "release", offline: false, args: ["--locked"] },
  ]);
  assert.equal(root.kind, "index");
  assert.deepEqual(root.annotations["title"], "hello");
  assert.deepEqual(imagesOf(root).map((image) => formatPlatform(imagePlatform(image))), [
    "linux/amd64",
    "linux/arm64",
  ]);
});

const ALL: readonly (readonly [held: readonly string[] | undefined, built: readonly string[]])[] = [
  [undefined, SUPPORTED_PLATFORMS],
  [["linux/s390x", "windows/amd64", "linux/mips64le", "linux/386"], ["linux/386", "linux/s390x"]],
  [["linux/amd64"], ["linux/amd64"]],
];

for (const [held, expected] of ALL) {
  Deno.test(`buildImage() builds ${expected.length} of a base's ${held ?? "any"} with all`, async () => {
    const { root } = await built({ platforms: "all" }, { base: baseFor(held) });
    assert.deepEqual(
      imagesOf(root).map((image) => formatPlatform(imagePlatform(image))),
      expected,
    );
  });
}

for (const held of [["windows/amd64"], []]) {
  Deno.test(`buildImage() with all refuses a base that has ${held[0] ?? "nothing"}`, async () => {
    await assert.rejects(
      built({ platforms: "all" }, { base: baseFor(held) }),
      (error) =>
        error instanceof KrustError && error.code === "base-platform-missing" &&
        error.message.endsWith(held[0] ?? "none at all"),
    );
  });
}

/** A cargo that compiles until it is told to stop. */
const ENDLESS: Cargo = {
  members: () => Promise.resolve([]),
  project: () => Promise.resolve(PROJECT),
  build: (_project, _plan, { signal } = {}) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    }),
};

Deno.test("buildImage() ends cargo where the base lacks the platform", async () => {
  await assert.rejects(
    built({}, { cargo: ENDLESS, base: baseFor(["linux/arm64"]) }),
    { code: "base-platform-missing" },
  );
});

Deno.test("buildImage() ends the base's requests where cargo fails", async () => {
  const cargo: Cargo = {
    ...ENDLESS,
    build: () => Promise.reject(new KrustError("cargo-failed", "no")),
  };
  const base: Source = {
    open: ({ signal } = {}) =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
  };
  await assert.rejects(built({}, { cargo, base: () => base }), { code: "cargo-failed" });
});

Deno.test("buildImage() asks for facts when cargo is done: it may have written Cargo.lock", async () => {
  const plans: CargoPlan[] = [];
  await withTemporaryFolder(async (folder) => {
    const report = recordedReport();
    const seen: number[] = [];
    await buildImage({
      ...REQUEST,
      executables: compileWithCargo(cargoIn(folder, plans), COMPILATION, report),
      facts: () => {
        seen.push(plans.length);
        return Promise.resolve({});
      },
    }, {
      base: baseFor(),
      store: memoryStore(),
      sink: { write: () => Promise.resolve([]) },
      report,
      cpus: 1,
    });
    assert.deepEqual(seen, [1]);
  });
});

Deno.test("buildImage() gives the sink the image and its target, and gives back its references", async () => {
  await withTemporaryFolder(async (folder) => {
    const report = recordedReport();
    const executables = compileWithCargo(cargoIn(folder), COMPILATION, report);
    const { root, references } = await buildImage({ ...REQUEST, executables }, {
      base: baseFor(),
      store: memoryStore(),
      sink: {
        write: (written, target) =>
          Promise.resolve([`${target.name} ${written.descriptor.digest}`]),
      },
      report,
      cpus: 1,
    });
    assert.deepEqual(references, [`hello ${root.descriptor.digest}`]);
  });
});

/** A base that is an index of this name, whose images are empty. */
function namedBase(name: string): Source {
  const base: Base = {
    name,
    digest: sha256(new TextEncoder().encode(name)),
    image: (platform) => Promise.resolve(emptyImage(platform)),
  };
  return { open: () => Promise.resolve(base) };
}

/** What the nodes say of their bases: the index, then each image. */
function baseNotes(root: Node): readonly unknown[] {
  return [root, ...imagesOf(root)].map(({ annotations }) => [
    annotations["org.opencontainers.image.base.name"],
    annotations["org.opencontainers.image.base.digest"],
    annotations["dev.krust.base.index"],
  ]);
}

const TWO = ["linux/amd64", "linux/arm64"].map(parsePlatform);

Deno.test("buildImage() notes the base's manifest and index on images, its index on the index", async () => {
  const source = namedBase("x.test/base:v1");
  const { digest } = await source.open();
  const { root } = await built({ platforms: TWO }, { base: () => source });
  const manifests = TWO.map((platform) => emptyImage(platform).descriptor.digest);
  assert.deepEqual(baseNotes(root), [
    ["x.test/base:v1", digest, undefined],
    ...manifests.map((manifest) => ["x.test/base:v1", manifest, digest]),
  ]);
});

Deno.test("buildImage() puts each platform on its own base, and opens each base once", async () => {
  const opened: string[] = [];
  const sources = new Map(["general", "own"].map((name): [string, Source] => [name, {
    open: () => {
      opened.push(name);
      return namedBase(`x.test/${name}:v1`).open();
    },
  }]));
  const platforms = [...TWO, parsePlatform("linux/386")];
  const { root } = await built({ platforms }, {
    base: (platform) =>
      sources.get(platform?.architecture === "arm64" ? "own" : "general") ?? assert.fail(),
  });
  assert.deepEqual(opened, ["general", "own"]);
  assert.deepEqual(baseNotes(root).map((notes) => Array.isArray(notes) ? notes[0] : undefined), [
    undefined,
    "x.test/general:v1",
    "x.test/own:v1",
    "x.test/general:v1",
  ]);
});
