// A layer as text, a line per entry, so that a golden that differs says where.
import { Hasher } from "../../src/core/digest.ts";
import { gunzip } from "../../src/core/gunzip.ts";
import { readTar } from "../../src/core/tar.ts";
import type { Layer } from "../../src/image/image.ts";

/** Lists a gzip layer much as mtree does: path, type, mode, owner, time, size, digest or target. */
export async function listLayer(layer: Layer): Promise<string> {
  const lines: string[] = [];
  for await (const entry of readTar(gunzip(await layer.open(), "layer"), "layer")) {
    const hasher = new Hasher();
    for await (const chunk of entry.body) hasher.update(chunk);
    const facts = [
      `type=${entry.type}`,
      `mode=${entry.mode.toString(8).padStart(4, "0")}`,
      `uid=${entry.uid}`,
      `gid=${entry.gid}`,
      `time=${entry.mtime}`,
      ...(entry.type === "file" ? [`size=${entry.size}`, hasher.digest()] : []),
      ...(entry.linkname === "" ? [] : [`link=${entry.linkname}`]),
    ];
    lines.push(`./${entry.path} ${facts.join(" ")}`);
  }
  return `${lines.join("\n")}\n`;
}
