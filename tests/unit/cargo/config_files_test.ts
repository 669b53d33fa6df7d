// Cargo's configuration files, in the order in which they win.
import assert from "node:assert/strict";
import { join } from "node:path";
import { readConfigFiles } from "../../../src/cargo/config_files.ts";

/** Reads the configuration of `work/sub` in a folder with `files`, as paths from it, most forceful first. */
async function read(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly (readonly [string, unknown])[]> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(join(folder, "work/sub"), { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, path), text);
    }
    const host = { env: (name: string) => env[name]?.replace("@", folder), cwd: folder };
    const found = await readConfigFiles(join(folder, "work/sub"), host);
    return found
      .filter(({ path }) => path.startsWith(folder))
      .map(({ path, ...rest }) => [path.slice(folder.length + 1), rest] as const);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const paths = (found: readonly (readonly [string, unknown])[]): readonly string[] =>
  found.map(([path]) => path);

Deno.test("`readConfigFiles()` reads flags and linkers in every form that cargo knows", async () => {
  const found = await read({
    "work/sub/.cargo/config.toml": `
      [build]
      rustflags = "--cfg a"
      jobs = 3
      [target.x86_64-unknown-linux-musl]
      linker = "ld"
      runner = ["qemu", "-x"]
      [target.'cfg(unix)']
      rustflags = ["--cfg", "b c"]
      [unstable]
      build-std = ["std"]
    `,
  });
  assert.deepEqual(found, [["work/sub/.cargo/config.toml", {
    buildRustflags: "--cfg a",
    buildStd: true,
    targets: {
      "x86_64-unknown-linux-musl": { linker: "ld" },
      "cfg(unix)": { rustflags: ["--cfg", "b c"] },
    },
  }]]);
});

Deno.test("`readConfigFiles()` goes from the folder upward, then to CARGO_HOME", async () => {
  const found = await read({
    "work/.cargo/config.toml": "",
    "work/sub/.cargo/config.toml": "",
    ".cargo/config": "",
    "home/config.toml": "",
  }, { CARGO_HOME: "@/home" });
  assert.deepEqual(paths(found), [
    "work/sub/.cargo/config.toml",
    "work/.cargo/config.toml",
    ".cargo/config",
    "home/config.toml",
  ]);
});

Deno.test("`readConfigFiles()` reads ~/.cargo once where it lies above the project", async () => {
  assert.deepEqual(paths(await read({ ".cargo/config.toml": "" }, { HOME: "@" })), [
    ".cargo/config.toml",
  ]);
});

Deno.test("`readConfigFiles()` takes the file without an ending where both are there", async () => {
  const found = await read({ "work/.cargo/config": "", "work/.cargo/config.toml": "" });
  assert.deepEqual(paths(found), ["work/.cargo/config"]);
});

Deno.test("`readConfigFiles()` follows `include`, the last before the first, circles not for ever", async () => {
  const found = await read({
    "work/.cargo/config.toml": 'include = ["a.toml", { path = "b.toml" }, "none.toml"]',
    "work/.cargo/a.toml": "",
    "work/.cargo/b.toml": 'include = "c.toml"',
    "work/.cargo/c.toml": "",
  });
  assert.deepEqual(
    paths(found),
    ["config", "b", "c", "a"].map((name) => `work/.cargo/${name}.toml`),
  );
  const circle = await read({ "work/.cargo/config.toml": 'include = "config.toml"' });
  assert.deepEqual(paths(circle), ["work/.cargo/config.toml"]);
});

Deno.test("`readConfigFiles()` reads a file once however often others include it", async () => {
  const all = ["config", "a", "b", "c", "d", "e", "f"].map((name) => `${name}.toml`);
  const include = `include = ${JSON.stringify(all)}`;
  const found = await read(
    Object.fromEntries(all.map((name) => [`work/.cargo/${name}`, include])),
  );
  assert.equal(found.length, all.length);
});

Deno.test("`readConfigFiles()` reads no device, and refuses what is no configuration for its size", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(join(folder, ".cargo"));
    await Deno.symlink("/dev/zero", join(folder, ".cargo/config.toml"));
    const host = { env: (): undefined => undefined, cwd: folder };
    assert.deepEqual(await readConfigFiles(folder, host), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  await assert.rejects(
    read({ "work/.cargo/config.toml": "#".repeat(2 * 1024 * 1024) }),
    /config\.toml: it is larger than 1048576 bytes/,
  );
});

Deno.test("`readConfigFiles()` passes over what has another form, which cargo will refuse itself", async () => {
  const found = await read({
    "work/.cargo/config.toml": "build = 3\ntarget = { x = 1, y = { linker = 5, rustflags = [1] } }",
  });
  assert.deepEqual(found, [["work/.cargo/config.toml", {
    buildStd: false,
    targets: { x: {}, y: {} },
  }]]);
});

Deno.test("`readConfigFiles()` names the place in a file that is no TOML", async () => {
  await assert.rejects(
    read({ "work/.cargo/config.toml": "a = = 1" }),
    /work\/\.cargo\/config\.toml:1:\d+: /,
  );
});
