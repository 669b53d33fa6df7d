// Extended attributes in archives: written as everybody reads them, whatever bytes they hold.
import assert from "node:assert/strict";
import { bodyOf } from "../../../src/core/streams.ts";
import { type TarEntry, writeTar } from "../../../src/core/tar.ts";
import { lackingProgram, requiring } from "../../support/require.ts";
import { drain } from "../../support/streams.ts";

function file(path: string, content = ""): TarEntry {
  const body = bodyOf(new TextEncoder().encode(content));
  return { path, type: "file", mode: 0o644, mtime: 0, body };
}

function archive(entry: TarEntry): Promise<Uint8Array<ArrayBuffer>> {
  return drain(writeTar([entry]));
}

// Any byte can be in an attribute, a line's end and what is no UTF-8 among them.
const ATTRIBUTE = Uint8Array.of(0, 10, 127, 128, 255, 61, 32);

await requiring(
  lackingProgram("python3"),
  "`writeTar()` writes extended attributes that python3 reads, of their entry alone",
  async () => {
    const entry = { ...file("app/hello", "hi"), xattrs: { "security.capability": ATTRIBUTE } };
    const program = `
import io, json, sys, tarfile
archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()), mode="r:", errors="surrogateescape")
print(json.dumps([[m.name, m.size, {key: value.encode("utf-8", "surrogateescape").hex()
  for key, value in m.pax_headers.items()}] for m in archive.getmembers()]))`;
    const child = new Deno.Command("python3", {
      args: ["-c", program],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const [, { stdout }] = await Promise.all([
      writeTar([file("a"), entry, file("b")]).pipeTo(child.stdin),
      child.output(),
    ]);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [
      ["a", 0, {}],
      ["app/hello", 2, { "SCHILY.xattr.security.capability": ATTRIBUTE.toHex() }],
      ["b", 0, {}],
    ]);
  },
);

Deno.test("`writeTar()` gives attributes to files with short paths alone", async () => {
  const xattrs = { "security.capability": ATTRIBUTE };
  await archive({ ...file("l".repeat(90)), xattrs });
  for (
    const entry of [
      { ...file("l".repeat(91)), xattrs },
      { path: "d", type: "directory", mode: 0o755, mtime: 0, xattrs } as const,
    ]
  ) {
    await assert.rejects(archive(entry), { code: "internal", message: /extended attributes/ });
  }
});
