// Commands of script tests about registries: `registry` serves one that lives as long as the script,
// `inspect` writes down what krust left there.
import { formatPlatform } from "../../src/oci/platform.ts";
import { parseManifest } from "../../src/oci/manifest.ts";
import { parseReference } from "../../src/oci/reference.ts";
import type { Manifest } from "../../src/oci/descriptor.ts";
import { gunzip } from "../../src/core/gunzip.ts";
import { readTar } from "../../src/core/tar.ts";
import { collect } from "../../src/core/streams.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { serveRegistry } from "../../src/registry/server.ts";
import type { Handler } from "./fake_host.ts";
import { type ScriptCommand, ScriptFailure } from "./script_state.ts";

/** Registries of one script and the commands that work on them. */
export interface ScriptRegistries {
  /** For the fake host. */
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly commands: Readonly<Record<string, ScriptCommand>>;
}

/** Makes the commands for one script. */
export function scriptRegistries(): ScriptRegistries {
  const handlers = new Map<string, Handler>();
  const contents = new Map<string, MemoryRegistry>();
  return {
    handlers,
    commands: {
      /** `registry HOST [USER:PASSWORD]` */
      registry: (_state, { args: [host, login] }) => {
        if (host === undefined) throw new ScriptFailure("it takes a host");
        const memory = new MemoryRegistry(host);
        const at = login?.indexOf(":") ?? -1;
        const auth = login === undefined || at < 0
          ? {}
          : { auth: { basic: { [login.slice(0, at)]: login.slice(at + 1) } } };
        contents.set(host, memory);
        handlers.set(host, serveRegistry(memory, auth));
      },
      /** `inspect REFERENCE FILE` */
      inspect: async (state, { args: [text, file] }) => {
        if (text === undefined || file === undefined) {
          throw new ScriptFailure("it takes a reference and a file");
        }
        const reference = parseReference(text);
        const memory = contents.get(reference.registry);
        const at = reference.digest ?? reference.tag ?? "latest";
        const manifest = await memory?.findManifest(reference.name, at);
        if (memory === undefined || manifest === undefined) throw new ScriptFailure(`no ${text}`);
        const lines = await describe(memory, reference.name, manifest);
        await Deno.writeTextFile(state.path(file), `${lines.join("\n")}\n`);
      },
    },
  };
}

/** An image or index as lines: the documents as JSON, each layer's entries in the manner of `ls`. */
async function describe(
  memory: MemoryRegistry,
  repository: string,
  manifest: Manifest,
): Promise<readonly string[]> {
  const { mediaType, digest } = manifest.descriptor;
  const document = parseManifest(manifest.raw, mediaType, `manifest ${digest}`);
  if (document.kind === "index") {
    const { manifests, annotations } = document.index;
    return [
      `index ${mediaType}`,
      ...annotationLines(annotations),
      ...manifests.map(({ platform, ...child }) =>
        `manifest ${platform === undefined ? "-" : formatPlatform(platform)} ${child.digest}`
      ),
    ];
  }
  const { config, layers, annotations } = document.manifest;
  const raw = await collect(
    await memory.getBlob(repository, config),
    config.size,
    "a configuration",
  );
  const listings = layers.map(async (layer) => [
    `layer ${layer.mediaType}`,
    ...await entryLines(await memory.getBlob(repository, layer), layer.mediaType),
  ]);
  return [
    `manifest ${mediaType}`,
    ...annotationLines(annotations),
    `config ${config.mediaType}`,
    JSON.stringify(JSON.parse(new TextDecoder().decode(raw)), null, 2),
    ...(await Promise.all(listings)).flat(),
  ];
}

function annotationLines(annotations: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(annotations).map(([name, value]) => `annotation ${name}=${value}`);
}

/** The entries of a layer of gzip or of no compression; of others there is nothing to tell here. */
async function entryLines(
  layer: Parameters<typeof gunzip>[0],
  mediaType: string,
): Promise<readonly string[]> {
  const lines: string[] = [];
  if (mediaType.endsWith("+zstd")) {
    await layer.cancel();
    return lines;
  }
  const tar = mediaType.endsWith(".tar") ? layer : gunzip(layer, "a layer");
  for await (const { type, mode, uid, gid, mtime, path } of readTar(tar, "a layer")) {
    lines.push(`${type} ${mode.toString(8).padStart(4, "0")} ${uid}:${gid} ${mtime} ${path}`);
  }
  return lines;
}
