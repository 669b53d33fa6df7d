// Programs that are linked dynamically against bases of every kind.
import assert from "node:assert/strict";
import { checkLinkage } from "../../../src/build/check_linkage.ts";
import type { Executable } from "../../../src/cargo/cargo.ts";
import type { Elf } from "../../../src/cargo/elf.ts";
import { sha256 } from "../../../src/core/digest.ts";
import { KrustError } from "../../../src/core/error.ts";
import { bodyOf, bytesOf, collect } from "../../../src/core/streams.ts";
import { type TarEntry, writeTar } from "../../../src/core/tar.ts";
import type { Image, Layer } from "../../../src/image/image.ts";
import { emptyImage } from "../../../src/image/mutate.ts";
import { MEDIA_TYPE } from "../../../src/oci/media_type.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { memoryStore } from "../../support/memory_store.ts";
import { type SampleElf, sampleElf } from "../cargo/sample_elf.ts";

const LOADER = "/lib64/ld-linux-x86-64.so.2";
const GLIBC = ["GLIBC_2.2.5", "GLIBC_2.28", "GLIBC_2.34", "GLIBC_2.36"];

function executable(elf: Partial<Elf> = {}): Executable {
  return {
    name: "app",
    path: "/app",
    target: "x86_64-unknown-linux-gnu",
    platform: parsePlatform("linux/amd64"),
    size: 1,
    digest: sha256(new Uint8Array()),
    elf: {
      machine: "x86_64",
      interpreter: LOADER,
      needed: ["libgcc_s.so.1", "libc.so.6"],
      versions: { "libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.34"], "libgcc_s.so.1": ["GCC_3.0"] },
      ...elf,
    },
  };
}

const common = { mode: 0o755, mtime: 0 } as const;
const file = (path: string, sample: SampleElf = {}): TarEntry => ({
  ...common,
  path,
  type: "file",
  body: bodyOf(sampleElf(sample)),
});
const link = (path: string, linkname: string): TarEntry => ({
  ...common,
  path,
  type: "symlink",
  linkname,
});
const empty = (path: string): TarEntry => ({ ...common, path, type: "file" });

const libc = (path: string, defined: readonly string[] = GLIBC): TarEntry =>
  file(path, { soname: "libc.so.6", defined });
const libgcc = (path: string): TarEntry =>
  file(path, { soname: "libgcc_s.so.1", defined: ["GCC_3.0"], needed: ["libc.so.6"] });

/** As Debian has it: `lib` and `lib64` are links into `usr`. */
const DEBIAN: readonly TarEntry[] = [
  link("lib", "usr/lib"),
  link("lib64", "usr/lib64"),
  libc("usr/lib/x86_64-linux-gnu/libc.so.6"),
  libgcc("usr/lib/x86_64-linux-gnu/libgcc_s.so.1"),
  file("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", { soname: "ld-linux-x86-64.so.2" }),
  link("usr/lib64/ld-linux-x86-64.so.2", "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
];

let opened = 0;

async function layerOf(entries: readonly TarEntry[]): Promise<Layer> {
  const raw = await collect(writeTar(entries), 1e7, "layer");
  const digest = sha256(raw);
  return {
    descriptor: { mediaType: MEDIA_TYPE.layer, digest, size: raw.length },
    diffID: digest,
    open: () => {
      opened++;
      return Promise.resolve(bytesOf(raw));
    },
  };
}

async function baseOf(...layers: readonly (readonly TarEntry[])[]): Promise<Image> {
  const image = emptyImage(parsePlatform("linux/amd64"));
  return { ...image, layers: await Promise.all(layers.map(layerOf)) };
}

async function refusal(program: Executable, base: Image): Promise<KrustError> {
  try {
    await checkLinkage([program], base, "debian:10", { store: memoryStore() });
  } catch (error) {
    if (error instanceof KrustError) return error;
    throw error;
  }
  return assert.fail("it was no failure");
}

Deno.test("`checkLinkage()` takes a base that has all that a program wants", async () => {
  await checkLinkage([executable()], await baseOf(DEBIAN), "x", { store: memoryStore() });
});

Deno.test("`checkLinkage()` finds libraries in other distributions' folders", async () => {
  const fedora = [
    link("lib64", "usr/lib64"),
    libc("usr/lib64/libc.so.6"),
    libgcc("usr/lib64/libgcc_s-13.so.1"),
    link("usr/lib64/libgcc_s.so.1", "libgcc_s-13.so.1"),
    file("usr/lib64/ld-linux-x86-64.so.2"),
  ];
  await checkLinkage([executable()], await baseOf(fedora), "x", { store: memoryStore() });
});

Deno.test("`checkLinkage()` names a version that is missing, and a base that has it", async () => {
  const base = await baseOf(DEBIAN, [
    libc("usr/lib/x86_64-linux-gnu/libc.so.6", ["GLIBC_2.2.5", "GLIBC_2.28"]),
  ]);
  const error = await refusal(executable(), base);
  assert.equal(error.code, "executable-mismatch");
  assert.equal(
    error.message,
    '"app" cannot run on linux/amd64: libc.so.6: GLIBC_2.34, absent in base "debian:10"',
  );
  assert.ok(error.cause instanceof Error);
  assert.equal(
    error.cause.message,
    "it has glibc 2.28; the program was linked against glibc 2.34",
  );
  assert.match(error.help.join("\n"), /gcr\.io\/distroless\/cc-debian12/);
});

Deno.test("`checkLinkage()` names the loader and libraries of a base that has none", async () => {
  const needed = ["libgcc_s.so.1", "libc.so.6", "ld-linux-x86-64.so.2"];
  const error = await refusal(executable({ needed }), await baseOf([]));
  assert.match(error.message, /ld-linux-x86-64\.so\.2, libgcc_s\.so\.1, libc\.so\.6, absent in/);
  assert.ok(error.cause instanceof Error);
  assert.match(error.cause.message, /it has no shared libraries/);
});

Deno.test("`checkLinkage()` names a newer base for a newer glibc, and none for one that no base has", async () => {
  for (
    const [version, help] of [["GLIBC_2.39", /cc-debian13/], ["GLIBC_2.77", /glibc 2\.77/]] as const
  ) {
    const program = executable({ versions: { "libc.so.6": [version] } });
    assert.match((await refusal(program, await baseOf(DEBIAN))).help.join("\n"), help);
  }
});

Deno.test("`checkLinkage()` names a library that distroless does not have", async () => {
  const program = executable({ needed: ["libpq.so.5", "libc.so.6"] });
  const error = await refusal(program, await baseOf(DEBIAN));
  assert.match(error.message, /: libpq\.so\.5, absent/);
  assert.match(error.help.join("\n"), /an image that has libpq\.so\.5 installed/);
});

Deno.test("`checkLinkage()` looks for what libraries want themselves", async () => {
  const program = executable({ needed: ["libssl.so.3"], versions: {} });
  const ssl = file("usr/lib/x86_64-linux-gnu/libssl.so.3", { needed: ["libcrypto.so.3"] });
  const error = await refusal(program, await baseOf(DEBIAN, [ssl]));
  assert.match(error.message, /: libcrypto\.so\.3, absent/);
});

Deno.test("`checkLinkage()` heeds what upper layers take away", async () => {
  const folder = "usr/lib/x86_64-linux-gnu";
  for (
    const upper of [
      [empty(`${folder}/.wh.libc.so.6`)],
      [empty("usr/.wh.lib")],
      [empty(`${folder}/.wh..wh..opq`), libgcc(`${folder}/libgcc_s.so.1`)],
    ]
  ) {
    const error = await refusal(executable(), await baseOf(DEBIAN, upper));
    assert.match(error.message, /libc\.so\.6/);
  }
});

Deno.test("`checkLinkage()` takes no library of another machine, nor a text", async () => {
  const folder = "usr/lib/x86_64-linux-gnu";
  const arm = file(`${folder}/libc.so.6`, { machine: 183, defined: GLIBC });
  assert.match((await refusal(executable(), await baseOf(DEBIAN, [arm]))).message, /libc\.so\.6/);
  const script = {
    ...empty(`${folder}/libc.so.6`),
    body: bodyOf(new TextEncoder().encode("GROUP")),
  };
  const removed = empty(`${folder}/.wh.libc.so.6`);
  const base = await baseOf(DEBIAN, [removed], [script]);
  assert.match((await refusal(executable(), base)).message, /libc\.so\.6/);
});

Deno.test("`checkLinkage()` goes round in no circle of links", async () => {
  const circle = [link("lib64", "usr/lib64"), link("usr/lib64", "../lib64")];
  assert.match((await refusal(executable(), await baseOf(circle))).message, /ld-linux/);
});

Deno.test("`checkLinkage()` reads a layer once, and none for a static program", async () => {
  const base = await baseOf(DEBIAN);
  const store = memoryStore();
  opened = 0;
  const fixed: Partial<Elf> = { needed: [] };
  const { interpreter: _, ...still } = executable(fixed).elf;
  await checkLinkage([{ ...executable(), elf: still }], base, "x", { store });
  assert.equal(opened, 0);
  await checkLinkage([executable()], base, "x", { store });
  await checkLinkage([executable()], base, "x", { store });
  assert.equal(opened, 1);
});
