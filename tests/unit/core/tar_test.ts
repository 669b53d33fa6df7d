// Archives: written as everybody reads them, read with suspicion, streamed both ways.
import assert from "node:assert/strict";
import { lackingProgram, requiring } from "../../support/require.ts";
import fc from "fast-check";
import { causeChain, KrustError } from "../../../src/core/error.ts";
import { type Body, bodyOf, bytesOf, concat } from "../../../src/core/streams.ts";
import { readTar, type TarEntry, writeTar } from "../../../src/core/tar.ts";
import { chunked, cut, drain, noise } from "../../support/streams.ts";

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);

function file(path: string, content: string | Uint8Array<ArrayBuffer> = ""): TarEntry {
  const bytes = typeof content === "string" ? text(content) : content;
  return { path, type: "file", mode: 0o644, mtime: 0, body: bodyOf(bytes) };
}

function archive(...entries: readonly TarEntry[]): Promise<Uint8Array<ArrayBuffer>> {
  return drain(writeTar(entries));
}

/** What python3's tarfile makes of an archive, or of its first entry alone. */
async function byPython(bytes: Uint8Array, ...first: readonly "first"[]): Promise<unknown> {
  const program = `
import hashlib, io, json, sys, tarfile
archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()), mode="r:")
print(json.dumps([[m.name, m.type.decode(), oct(m.mode), m.uid, m.gid, m.uname, m.gname, m.mtime,
  m.linkname, m.size, hashlib.sha256(archive.extractfile(m).read()).hexdigest() if m.isreg() and m.size < 2**30 else ""]
  for m in (archive.getmembers() if len(sys.argv) == 1 else [archive.next()])]))`;
  const child = new Deno.Command("python3", {
    args: ["-c", program, ...first],
    stdin: "piped",
    stdout: "piped",
    env: { PYTHONUTF8: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(bytes);
  await writer.close();
  return JSON.parse(new TextDecoder().decode((await child.output()).stdout));
}

const SHA_OF_HI = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4";

await requiring(lackingProgram("python3"), "`writeTar()` writes what python3 reads", async () => {
  const long = `${"d".repeat(120)}/${"é".repeat(120)}/${"f".repeat(90)}`;
  const bytes = await archive(
    { path: "tmp", type: "directory", mode: 0o1777, mtime: 7 },
    { ...file("app/hello", "hi"), mode: 0o755, mtime: 1_700_000_000, uid: 65532, gid: 65533 },
    { ...file("named"), uname: "nonroot", gname: "group" },
    { path: "link", type: "symlink", mode: 0o777, mtime: 0, linkname: "../usr/é" },
    { path: "far", type: "symlink", mode: 0o777, mtime: 0, linkname: long },
    { ...file(long), uid: 3_000_000 },
  );
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  assert.deepEqual(await byPython(bytes), [
    ["tmp", "5", "0o1777", 0, 0, "", "", 7, "", 0, ""],
    ["app/hello", "0", "0o755", 65532, 65533, "", "", 1_700_000_000, "", 2, SHA_OF_HI],
    ["named", "0", "0o644", 0, 0, "nonroot", "group", 0, "", 0, empty],
    ["link", "2", "0o777", 0, 0, "", "", 0, "../usr/é", 0, ""],
    ["far", "2", "0o777", 0, 0, "", "", 0, long, 0, ""],
    [long, "0", "0o644", 3_000_000, 0, "", "", 0, "", 0, empty],
  ]);
});

await requiring(lackingProgram("tar"), "`writeTar()` writes what tar extracts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const content = noise(100_001);
    await Deno.writeFile(
      `${folder}/a.tar`,
      await archive({ path: "app", type: "directory", mode: 0o755, mtime: 0 }, {
        ...file("app/x", content),
        mode: 0o755,
      }),
    );
    const { success } = await new Deno.Command("tar", { args: ["-xf", "a.tar"], cwd: folder })
      .output();
    assert.ok(success);
    assert.deepEqual(new Uint8Array(await Deno.readFile(`${folder}/app/x`)), content);
    assert.equal((await Deno.stat(`${folder}/app/x`)).mode ?? 0 & 0o777, 0o100755);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("`writeTar()` adds PAX records only where something does not fit", async () => {
  const split = `${"d".repeat(150)}/${"f".repeat(99)}`;
  for (const path of ["a".repeat(100), split]) {
    assert.equal((await archive(file(path))).length, 3 * 512, path);
  }
  for (const path of ["a".repeat(101), `${split}${"f".repeat(9)}`]) {
    assert.equal((await archive(file(path))).length, 5 * 512, path);
  }
});

await requiring(
  lackingProgram("python3"),
  "`writeTar()` writes a size beyond 8 GiB that python3 reads",
  async () => {
    const size = 9 * 1024 ** 3;
    const body: Body = { size, open: () => Promise.resolve(cut(new Uint8Array(4_096), 512)) };
    const reader = writeTar([{ ...file("big"), body }]).getReader();
    const header: Uint8Array[] = [];
    // Record, its padding and header: then the content begins, of which there is not enough.
    while (concat(header).length < 3 * 512) {
      const { value } = await reader.read();
      header.push(value ?? new Uint8Array(0));
    }
    await reader.cancel();
    const [found] = await byPython(concat(header), "first") as readonly unknown[][];
    assert.deepEqual([found?.[0], found?.[9]], ["big", size]);
  },
);

const REFUSED: readonly (readonly [name: string, entries: readonly TarEntry[]])[] = [
  ["an absolute path", [file("/etc/passwd")]],
  ["a path with ..", [file("a/../../b")]],
  ["an empty path", [file("")]],
  ["a path in a long form", [file("a//b")]],
  ["a path that ends in a slash", [file("a/")]],
  ["a NUL", [file("a\0b")]],
  ["half a character", [file("a\ud800")]],
  ["two entries of one path", [file("a"), file("b"), file("a")]],
  ["setuid", [{ ...file("a"), mode: 0o4755 }]],
  ["a time before 1970", [{ ...file("a"), mtime: -1 }]],
  ["half a second", [{ ...file("a"), mtime: 0.5 }]],
  ["a time beyond the field", [{ ...file("a"), mtime: 8 ** 11 }]],
  ["a link without a target", [{ path: "a", type: "symlink", mode: 0o777, mtime: 0 }]],
  ["a file with a target", [{ ...file("a"), linkname: "b" }]],
];

for (const [name, entries] of REFUSED) {
  Deno.test(`\`writeTar()\` refuses ${name}`, async () => {
    await assert.rejects(archive(...entries), { name: "KrustError", code: "internal" });
  });
}

for (const [name, size] of [["shorter", 3], ["longer", 1]] as const) {
  Deno.test(`\`writeTar()\` fails where a body is ${name} than its size`, async () => {
    const body: Body = { size, open: () => Promise.resolve(bytesOf(text("hi"))) };
    await assert.rejects(archive({ ...file("app/hello"), body }), (error) => {
      assert.ok(error instanceof KrustError);
      assert.equal(error.code, "store-failed");
      assert.match(error.message, /cannot archive "app\/hello"/);
      return true;
    });
  });
}

Deno.test("`writeTar()` opens a body when its turn comes, and no more than one", async () => {
  let open = 0;
  const body = (size: number): Body => ({
    size,
    open: () => {
      open++;
      assert.equal(open, 1);
      const bytes = cut(noise(size), 65_536);
      return Promise.resolve(
        bytes.pipeThrough(new TransformStream({ flush: () => void open-- })),
      );
    },
  });
  const sizes = [1_000_000, 0, 3, 2_000_000];
  const bytes = writeTar(sizes.map((size, at) => ({ ...file(`f${at}`), body: body(size) })));
  assert.equal(open, 0);
  await drain(bytes);
});

Deno.test("`writeTar()` closes the body it is at when cancelled", async () => {
  let cancelled = false;
  const body: Body = {
    size: 1024 ** 3,
    open: () =>
      Promise.resolve(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
          cancel: () => void (cancelled = true),
        }),
      ),
  };
  const reader = writeTar([{ ...file("a"), body }]).getReader();
  for (let at = 0; at < 3; at++) await reader.read();
  await reader.cancel();
  assert.equal(cancelled, true);
});

Deno.test("`writeTar()` ends with the signal's reason", async () => {
  const stop = new AbortController();
  const body: Body = {
    size: 1024 ** 3,
    open: () =>
      Promise.resolve(
        new ReadableStream({
          pull: (controller) => {
            controller.enqueue(new Uint8Array(65_536));
            stop.abort(new KrustError("interrupted", "stop"));
          },
        }),
      ),
  };
  await assert.rejects(drain(writeTar([{ ...file("a"), body }], stop)), { code: "interrupted" });
});

Deno.test("`writeTar()` does not read ahead of who takes it", async () => {
  let read = 0;
  const body: Body = {
    size: 256 * 1024 ** 2,
    open: () =>
      Promise.resolve(
        new ReadableStream({
          pull: (controller) => {
            read += 65_536;
            controller.enqueue(new Uint8Array(65_536));
          },
        }, { highWaterMark: 0 }),
      ),
  };
  const reader = writeTar([{ ...file("a"), body }]).getReader();
  await reader.read();
  for (let turn = 0; turn < 2_000; turn++) await Promise.resolve();
  await reader.cancel();
  assert.ok(read <= 9 * 1024 ** 2, `${read} bytes were read for nobody`);
});

Deno.test("`readTar()` gives back what `writeTar()` was given, for any names and sizes", async () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 130 }).map((part) =>
    part.replace(/[/\0]/g, "_").replace(/^\.+$/, "_")
  );
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const entry = fc.record({
    path,
    content: fc.uint8Array({ maxLength: 2_000 }),
    mode: fc.integer({ min: 0, max: 0o1777 }).map((mode) => mode & 0o1777),
    uid: fc.integer({ min: 0, max: 2 ** 31 }),
    gid: fc.integer({ min: 0, max: 2 ** 31 }),
    mtime: fc.integer({ min: 0, max: 8 ** 11 - 1 }),
    chunk: fc.integer({ min: 1, max: 700 }),
  });
  const entries = fc.uniqueArray(entry, { selector: (each) => each.path, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(entries, fc.integer({ min: 1, max: 5_000 }), async (given, size) => {
      const bytes = await drain(writeTar(given.map(({ content, chunk, ...rest }): TarEntry => ({
        ...rest,
        type: "file",
        body: {
          size: content.length,
          open: () => Promise.resolve(cut(new Uint8Array(content), chunk)),
        },
      }))));
      let at = 0;
      for await (const found of readTar(cut(bytes, size), "it")) {
        const { content, path, mode, uid, gid, mtime } = given[at++] ?? assert.fail("one too many");
        assert.deepEqual(await drain(found.body), new Uint8Array(content));
        assert.deepEqual(
          { path, mode, uid, gid, mtime, type: "file", size: content.length },
          {
            path: found.path,
            mode: found.mode,
            uid: found.uid,
            gid: found.gid,
            mtime: found.mtime,
            type: found.type,
            size: found.size,
          },
        );
      }
      assert.equal(at, given.length);
    }),
    { numRuns: 150 },
  );
});

Deno.test("`readTar()` passes over bodies that nobody reads, or not to their end", async () => {
  const bytes = await archive(
    file("a", noise(300_000)),
    file("b", noise(200_000)),
    file("c", "hi"),
  );
  for (const take of [0, 1]) {
    const seen: string[] = [];
    for await (const { path, body } of readTar(cut(bytes, 10_000), "it")) {
      seen.push(path);
      const reader = body.getReader();
      for (let at = 0; at < take; at++) await reader.read();
    }
    assert.deepEqual(seen, ["a", "b", "c"]);
  }
});

Deno.test("`readTar()` cancels its input when it is left early", async () => {
  let cancelled = false;
  const bytes = await archive(file("a", noise(1_000)), file("b"));
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(bytes.slice(0, 2_048)),
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  for await (const { path } of readTar(input, "it")) {
    assert.equal(path, "a");
    break;
  }
  assert.equal(cancelled, true);
});

/** An archive whose first header has `value` at `offset`, its checksum set right again. */
async function forged(offset: number, value: string, type = "0"): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await archive(file("harmless"));
  bytes.set(Uint8Array.from(value, (character) => character.charCodeAt(0)), offset);
  bytes.set(text(type), 156);
  bytes.set(text("        "), 148);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.set(text(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return bytes;
}

async function readAll(bytes: Uint8Array<ArrayBuffer>): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { path } of readTar(bytesOf(bytes), "the layer")) paths.push(path);
  return paths;
}

Deno.test("`readTar()` gives paths in their short form", async () => {
  assert.deepEqual(await readAll(await forged(0, "./\0")), ["."]);
  assert.deepEqual(await readAll(await forged(0, "./a//b/./c/\0", "5")), ["a/b/c"]);
});

type Hostile = readonly [
  name: string,
  make: () => Promise<Uint8Array<ArrayBuffer>>,
  reason: RegExp,
];

const HOSTILE: readonly Hostile[] = [
  ["a path with ..", () => forged(0, "../evil\0"), /"\.\.\/evil": the path holds \.\./],
  ["a path that climbs later", () => forged(0, "a/../../b\0"), /the path holds \.\./],
  ["an absolute path", () => forged(0, "/evil\0\0"), /"\/evil": the path is absolute/],
  ["no path", () => forged(0, "\0\0\0\0\0\0\0\0"), /the path is empty/],
  ["a negative size", () => forged(124, "\xff".repeat(12)), /number too large/],
  ["a size that is no number", () => forged(124, "9999"), /Invalid tar number/],
  ["a damaged header", async () => (await archive(file("a"))).fill(1, 0, 3), /checksum/],
  [
    "a cut archive",
    async () => (await archive(file("a", noise(2_000)))).slice(0, 1_500),
    /truncated/,
  ],
  [
    "an archive without its end",
    async () => (await archive(file("a", "hi"))).slice(0, 1_024),
    /truncated/,
  ],
  [
    "something after its end",
    async () => concat([await archive(file("a")), text("x".repeat(512))]),
    /EOF/,
  ],
  ["no archive", () => Promise.resolve(noise(4_096)), /Invalid tar/],
];

for (const [name, make, reason] of HOSTILE) {
  Deno.test(`\`readTar()\` refuses ${name}`, async () => {
    await assert.rejects(readAll(await make()), (error) => {
      assert.ok(error instanceof KrustError, `${error}`);
      assert.equal(error.code, "document-invalid");
      assert.match([error.message, ...causeChain(error)].join("\n"), reason);
      return true;
    });
  });
}

Deno.test("`readTar()` throws nothing but its own error for any damage", async () => {
  const long = "d/".repeat(200) + "f";
  const whole = await archive(file("a", noise(700)), file(long, "hi"), {
    path: "l",
    type: "symlink",
    mode: 0o777,
    mtime: 0,
    linkname: "a",
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(whole.length),
      async (damage, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of damage) if (at < length) bytes[at] = value;
        try {
          for await (const { body } of readTar(chunked(bytes), "it")) await drain(body);
        } catch (error) {
          assert.ok(error instanceof KrustError, `${error}`);
        }
      },
    ),
    { numRuns: 500 },
  );
});
