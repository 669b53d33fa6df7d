// Executables as the application layer.
import type { Executable } from "../cargo/cargo.ts";
import { fileBody } from "../core/files.ts";
import type { Cancel } from "../core/streams.ts";
import type { Compression } from "../image/compression.ts";
import type { Layer } from "../image/image.ts";
import { packLayer } from "../image/pack.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { Reporter } from "../report/reporter.ts";
import type { Store } from "../store/store.ts";
import { APPLICATION_DIRECTORY } from "./recipe.ts";

/** Options of {@linkcode packExecutables}. */
export interface PackExecutablesOptions extends Cancel {
  /** Keeps the layer. */
  readonly store: Store;
  /** Is told what goes on. */
  readonly report: Reporter;
  /** Processors that may be used at once. */
  readonly cpus: number;
  /** Seconds since 1970 for every entry. */
  readonly mtime: number;
  /** How the layer is compressed. */
  readonly compression?: Compression;
  /** The attribute `security.capability` of the first program's file. */
  readonly capabilities?: Uint8Array;
}

/** Packs one platform's executables into a layer, or finds the layer that was packed of them before. */
export function packExecutables(
  executables: readonly Executable[],
  { store, report, cpus, mtime, compression, capabilities, signal }: PackExecutablesOptions,
): Promise<Layer> {
  const names = executables.map((executable) => executable.name).join(", ");
  const platform = executables[0] === undefined ? "" : formatPlatform(executables[0].platform);
  return report.step(`Packing ${names} for ${platform}`, async (step) => {
    step.total(executables.reduce((sum, executable) => sum + executable.size, 0));
    const { layer, cached } = await packLayer(
      executables.map((executable, at) => ({
        path: `${APPLICATION_DIRECTORY}/${executable.name}`,
        mode: 0o755,
        digest: executable.digest,
        body: fileBody(executable.path, executable.size),
        ...(at === 0 && capabilities !== undefined ? { capabilities } : {}),
      })),
      {
        store,
        mtime,
        workers: cpus,
        ...(compression === undefined ? {} : { compression }),
        onRead: (bytes) => step.advance(bytes),
        ...(signal === undefined ? {} : { signal }),
      },
    );
    if (cached) step.cached();
    return layer;
  });
}
