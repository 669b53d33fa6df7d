// A project's own configuration: what it may set, what it may not, and at which line it did.
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import { loadProjectMetadata, parseProjectMetadata } from "../../../src/config/project_metadata.ts";
import { KrustError } from "../../../src/core/error.ts";

const MANIFEST = { path: "/p/Cargo.toml", text: "" };

Deno.test("`parseProjectMetadata()` reads what a project may set, in either spelling", () => {
  const layer = parseProjectMetadata("package", MANIFEST, {
    base_image: "scratch",
    platform: ["linux/amd64", "linux/arm64"],
    "all-features": true,
    source_date_epoch: 0,
    label: { a: "b" },
  });
  assert.equal(layer("base")?.raw, "scratch");
  assert.equal(layer("allFeatures")?.raw, true);
  assert.equal(layer("sourceDateEpoch")?.raw, 0);
  assert.deepEqual(layer("label")?.origin, {
    kind: "package",
    label: "Cargo.toml [package.metadata.krust]",
    folder: "/p",
  });
  assert.equal(layer("repo"), undefined);
});

Deno.test("`parseProjectMetadata()` says which of the two tables a value is from", () => {
  const layer = parseProjectMetadata("workspace", MANIFEST, { repo: "ghcr.io/me" });
  assert.equal(layer("repo")?.origin.label, "Cargo.toml [workspace.metadata.krust]");
});

const FORBIDDEN: readonly (readonly [key: string, value: unknown])[] = [
  ["insecure-registry", ["evil.test"]],
  ["insecure_registry", ["evil.test"]],
  ["oci-layout", "/etc"],
  ["tarball", "../../x"],
  ["metadata-file", "/etc/passwd"],
  ["no-push", true],
  ["local", true],
  ["offline", true],
  ["quiet", true],
  ["progress", "none"],
  ["registries", { "ghcr.io": { username: "a", password: "b" } }],
  ["default_registry", "evil.test"],
  ["build", { cargo_args: ["--config=build.rustc-wrapper='evil'"] }],
  ["platforms", { "linux/amd64": { linker: "./evil" } }],
];

for (const [key, value] of FORBIDDEN) {
  Deno.test(`\`parseProjectMetadata()\` does not let a project set ${key}`, () => {
    assert.throws(() => parseProjectMetadata("package", MANIFEST, { [key]: value }), {
      code: "config-invalid",
      message: `/p/Cargo.toml: ${key}: it is not allowed in project config: ` +
        "who runs krust decides it",
    });
  });
}

const UNKNOWN = ["rustc-wrapper", "RUSTFLAGS", "helper", "password", "__proto__"];

for (const key of UNKNOWN) {
  Deno.test(`\`parseProjectMetadata()\` does not know ${key}`, () => {
    const value: unknown = JSON.parse(`{ ${JSON.stringify(key)}: "x" }`);
    assert.throws(() => parseProjectMetadata("package", MANIFEST, value), {
      code: "config-invalid",
      message: new RegExp(`^/p/Cargo\\.toml: ${key}: there is no such key`),
    });
  });
}

Deno.test("`parseProjectMetadata()` does not propose a key that a project may not set", () => {
  assert.throws(() => parseProjectMetadata("package", MANIFEST, { offlin: true }), {
    message: "/p/Cargo.toml: offlin: there is no such key",
  });
});

Deno.test("`parseProjectMetadata()` takes no option of cargo's for a name", () => {
  for (const key of ["profile", "example"]) {
    assert.throws(() => parseProjectMetadata("package", MANIFEST, { [key]: "--config=x" }), {
      code: "config-invalid",
      message: /expected a name/,
    });
  }
  assert.throws(() => parseProjectMetadata("package", MANIFEST, { features: ["-Zx"] }), {
    message: /expected a name/,
  });
});

Deno.test("`parseProjectMetadata()` finds the key in Cargo.toml", () => {
  const manifest = {
    path: "/p/Cargo.toml",
    text: '[package]\nname = "x"\n[package.metadata.krust]\nbase = "scratch"\nlibc = "gcc"\n',
  };
  assert.throws(
    () => parseProjectMetadata("package", manifest, { base: "scratch", libc: "gcc" }),
    { message: '/p/Cargo.toml:5:1: libc: expected musl, gnu, gnu-dynamic, auto, found "gcc"' },
  );
});

Deno.test("`parseProjectMetadata()` refuses metadata that is no table", () => {
  const manifest = { path: "/p/Cargo.toml", text: "[package.metadata]\nkrust = 5\n" };
  assert.throws(() => parseProjectMetadata("package", manifest, 5), {
    message: "/p/Cargo.toml:2:1: expected a table, found a number",
  });
});

Deno.test("`loadProjectMetadata()` is undefined where there is none, and reads Cargo.toml for places", async () => {
  assert.equal(
    await loadProjectMetadata("package", { path: "/none/Cargo.toml" }, undefined),
    undefined,
  );
  assert.equal(await loadProjectMetadata("package", { path: "/none/Cargo.toml" }, null), undefined);
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "Cargo.toml");
    await Deno.writeTextFile(path, "[workspace]\n[workspace.metadata]\nkrust.bas = 1\n");
    await assert.rejects(loadProjectMetadata("workspace", { path }, { bas: 1 }), {
      message: `${path}:3:7: bas: there is no such key; the nearest is "base"`,
    });
    await assert.rejects(
      loadProjectMetadata("package", { path: join(folder, "none") }, { bas: 1 }),
      {
        message: /none: bas: there is no such key/,
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("`parseProjectMetadata()` throws nothing but KrustError on arbitrary JSON", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    try {
      parseProjectMetadata("package", MANIFEST, value);
    } catch (error) {
      assert.ok(error instanceof KrustError, Deno.inspect(error));
    }
  }));
});
