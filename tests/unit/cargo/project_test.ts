// Which package and binaries are meant.
import assert from "node:assert/strict";
import type { Selection } from "../../../src/cargo/cargo.ts";
import type { Metadata, MetadataPackage } from "../../../src/cargo/metadata.ts";
import { chooseProject, resolveDirectory } from "../../../src/cargo/project.ts";
import { KrustError } from "../../../src/core/error.ts";

interface Member {
  readonly folder: string;
  readonly bins?: readonly string[];
  readonly examples?: readonly string[];
  readonly more?: Partial<MetadataPackage>;
}

/** A workspace at /w of packages that are named as their folders. */
function workspace(members: readonly Member[], more: Partial<Metadata> = {}): Metadata {
  const packages = members.map(({ folder, bins = [], examples = [], more = {} }) => {
    const name = folder.split("/").at(-1) ?? "";
    return {
      id: `path+file://${folder}#0.1.0`,
      name,
      version: "0.1.0",
      authors: [],
      manifest_path: `${folder}/Cargo.toml`,
      metadata: null,
      targets: [
        { name, kind: ["lib"] },
        ...bins.map((bin) => ({ name: bin, kind: ["bin"] })),
        ...examples.map((example) => ({ name: example, kind: ["example"] })),
      ],
      ...more,
    };
  });
  return {
    packages,
    workspace_members: packages.map(({ id }) => id),
    workspace_root: "/w",
    target_directory: "/w/target",
    metadata: null,
    ...more,
  };
}

async function choose(
  metadata: Metadata,
  selection: Partial<Selection> = {},
  directory = "/w",
): Promise<readonly string[]> {
  const places = { directory, realDirectory: directory };
  const project = await chooseProject(metadata, { bins: [], ...selection }, places);
  return [project.package.name, ...project.binaries];
}

async function refusal(
  metadata: Metadata,
  selection: Partial<Selection> = {},
  directory = "/w",
): Promise<KrustError> {
  try {
    await choose(metadata, selection, directory);
  } catch (error) {
    if (error instanceof KrustError) return error;
    throw error;
  }
  return assert.fail("it was accepted");
}

const PLACES = { directory: "/link", realDirectory: "/w" };

const TWO = workspace([
  { folder: "/w/greeter", bins: ["greeter"] },
  { folder: "/w/clock", bins: ["clock", "tick"], examples: ["demo"] },
  { folder: "/w/shared" },
]);

Deno.test("`chooseProject()` gives what cargo says of the package", async () => {
  const metadata = workspace([{
    folder: "/w",
    bins: ["serve"],
    more: {
      name: "App",
      version: "1.2.3",
      description: "Does things",
      license: "MIT",
      repository: null,
      homepage: "",
      authors: ["A"],
      metadata: { krust: { base: "scratch" }, other: 1 },
    },
  }], { metadata: { krust: { user: "0" } } });
  assert.deepEqual(await chooseProject(metadata, { bins: [] }, PLACES), {
    directory: "/link",
    manifestPath: "/w/Cargo.toml",
    workspaceRoot: "/w",
    targetDirectory: "/w/target",
    targetNames: { package: ["serve"], workspace: ["serve"] },
    package: {
      name: "App",
      version: "1.2.3",
      authors: ["A"],
      description: "Does things",
      license: "MIT",
    },
    binaries: ["serve"],
    example: false,
    packageMetadata: { base: "scratch" },
    workspaceMetadata: { user: "0" },
  });
});

Deno.test("`chooseProject()` takes the package around the folder, the innermost", async () => {
  const nested = workspace([
    { folder: "/w", bins: ["root"] },
    { folder: "/w/a", bins: ["a"] },
    { folder: "/w/a/b", bins: ["b"] },
  ]);
  assert.deepEqual(await choose(nested, {}, "/w"), ["w", "root"]);
  assert.deepEqual(await choose(nested, {}, "/w/docs"), ["w", "root"]);
  assert.deepEqual(await choose(nested, {}, "/w/a/src"), ["a", "a"]);
  assert.deepEqual(await choose(nested, {}, "/w/a/b"), ["b", "b"]);
  assert.deepEqual(await choose(nested, {}, "/w/ab"), ["w", "root"]);
});

Deno.test("`chooseProject()` does not take a member above the root of a virtual workspace", async () => {
  const above = workspace([
    { folder: "/up", bins: ["up"] },
    { folder: "/up/w/in", bins: ["in"] },
  ], {
    workspace_root: "/up/w",
    workspace_default_members: ["path+file:///up/w/in#0.1.0"],
  });
  assert.deepEqual(await choose(above, {}, "/up/w"), ["in", "in"]);
  assert.deepEqual(await choose(above, {}, "/up/other"), ["up", "up"]);
});

Deno.test("`chooseProject()` takes the one member of a virtual workspace that has a binary", async () => {
  const one = workspace([{ folder: "/w/app", bins: ["app"] }, { folder: "/w/lib" }]);
  assert.deepEqual(await choose(one), ["app", "app"]);
});

Deno.test("`chooseProject()` heeds default-members", async () => {
  const metadata = { ...TWO, workspace_default_members: ["path+file:///w/greeter#0.1.0"] };
  assert.deepEqual(await choose(metadata), ["greeter", "greeter"]);
});

Deno.test("`chooseProject()` finds the member that has the binary or example", async () => {
  assert.deepEqual(await choose(TWO, { bins: ["tick"] }), ["clock", "tick"]);
  assert.deepEqual(await choose(TWO, { example: "demo" }), ["clock", "demo"]);
});

Deno.test("`chooseProject()` lists the members of which several have binaries", async () => {
  const error = await refusal(TWO);
  assert.equal(error.code, "usage");
  assert.match(error.message, /several packages .* have binaries: greeter, clock$/);
  assert.deepEqual(error.help, ["-p greeter", "-p clock"]);
});

Deno.test("`chooseProject()` refuses a workspace without any binary", async () => {
  const error = await refusal(workspace([{ folder: "/w/a" }, { folder: "/w/b" }]));
  assert.equal(error.code, "project-invalid");
  assert.equal(error.message, 'no binary target in workspace "/w"');
  // The workspace's own Cargo.toml has no package that could have one.
  assert.match(error.help.join(), /\[\[bin\]\] to \/w\/a\/Cargo\.toml$/);
});

Deno.test("`chooseProject()` says which Cargo.toml of a workspace could name a binary", async () => {
  const error = await refusal(workspace([{ folder: "/w/a" }, { folder: "/w/b" }]), {}, "/w/b");
  assert.equal(error.message, 'no binary target in package "b"');
  assert.match(error.help.join(), /\[\[bin\]\] to \/w\/b\/Cargo\.toml$/);
});

Deno.test("`chooseProject()` refuses a library and names the members that are none", async () => {
  const error = await refusal(TWO, {}, "/w/shared");
  assert.equal(error.code, "project-invalid");
  assert.equal(error.message, 'no binary target in package "shared"');
  assert.deepEqual(error.help, ["-p greeter", "-p clock"]);
});

for (const spec of ["clock", "clock@0.1.0", "clock:0.1.0", "path+file:///w/clock#0.1.0"]) {
  Deno.test(`\`chooseProject()\` finds the package ${spec}`, async () => {
    assert.deepEqual(await choose(TWO, { package: spec, bins: ["clock"] }), ["clock", "clock"]);
  });
}

Deno.test("`chooseProject()` suggests a package for one that is not there", async () => {
  const error = await refusal(TWO, { package: "clok" });
  assert.equal(error.code, "project-invalid");
  assert.match(error.message, /no package "clok" in the workspace/);
  assert.equal(error.help[0], "did you mean clock?");
});

Deno.test("`chooseProject()` keeps the order of the binaries named, each once", async () => {
  assert.deepEqual(
    await choose(TWO, { package: "clock", bins: ["tick", "clock", "tick"] }),
    ["clock", "tick", "clock"],
  );
});

Deno.test("`chooseProject()` takes default-run where there are several binaries", async () => {
  const metadata = workspace([{ folder: "/w", bins: ["a", "b"], more: { default_run: "b" } }]);
  assert.deepEqual(await choose(metadata), ["w", "b"]);
});

Deno.test("`chooseProject()` lists the binaries where several could be meant", async () => {
  const error = await refusal(TWO, { package: "clock" });
  assert.equal(error.code, "usage");
  assert.match(error.message, /package "clock" has several binaries: clock, tick/);
  assert.match(error.help.join("\n"), /--bin clock/);
});

Deno.test("`chooseProject()` suggests a binary or example for one that is not there", async () => {
  const bin = await refusal(TWO, { package: "clock", bins: ["tik"] });
  assert.equal(bin.message, 'no binary "tik" in package "clock"');
  assert.equal(bin.help[0], "did you mean tick?");
  const example = await refusal(TWO, { package: "clock", example: "demmo" });
  assert.equal(example.message, 'no example "demmo" in package "clock"');
  assert.equal(example.help[0], "did you mean demo?");
  assert.equal((await refusal(TWO, { bins: ["tik"] })).help[0], "did you mean tick?");
  const none = await refusal(TWO, { package: "greeter", example: "demo" });
  assert.equal(none.help[0], "it has no example");
});

Deno.test("`chooseProject()` refuses binaries that no one package has", async () => {
  const error = await refusal(TWO, { bins: ["greeter", "clock"] });
  assert.equal(error.code, "usage");
  assert.match(error.message, /no one package has all of the binaries greeter, clock/);
});

Deno.test("`chooseProject()` says that it chose an example", async () => {
  const project = await chooseProject(TWO, { bins: [], example: "demo" }, PLACES);
  assert.equal(project.example, true);
});

Deno.test("`resolveDirectory()` gives a folder as it is named and without its symbolic links", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${folder}/real`);
    await Deno.symlink("real", `${folder}/link`);
    assert.deepEqual(await resolveDirectory(folder, "link"), {
      directory: `${folder}/link`,
      realDirectory: `${folder}/real`,
    });
    assert.deepEqual(await resolveDirectory(folder, "none"), {
      directory: `${folder}/none`,
      realDirectory: `${folder}/none`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("`chooseProject()` lets the caller choose once the package is known", async () => {
  const project = await chooseProject(TWO, { bins: [], package: "clock" }, PLACES, (described) => {
    assert.equal(described.package.name, "clock");
    return Promise.resolve({ bins: ["tick"] });
  });
  assert.deepEqual(project.binaries, ["tick"]);
});
