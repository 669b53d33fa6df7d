// A Kubernetes cluster on this machine as the place for an image, through the cluster's own program. As
// with ko, a repository on `kind.local` and the like asks for it.
import { join } from "node:path";
import { digestHex } from "../core/digest.ts";
import { KrustError, wrapError } from "../core/error.ts";
import type { CommandResult, Host } from "../core/host.ts";
import { printable } from "../core/printable.ts";
import type { Cancel } from "../core/streams.ts";
import type { Platform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import { archiveSink } from "./archive.ts";
import { CLUSTER_KINDS, type ClusterKind } from "./cluster_kind.ts";
import type { Sink } from "./sink.ts";

/** What {@linkcode clusterSink} works with. */
export interface ClusterSinkOptions {
  /** The registry's part of the image's name, for which {@linkcode isClusterRegistry} holds. */
  readonly registry: string;
  /** Runs the cluster's program, and has the variable that names the cluster. */
  readonly host: Pick<Host, "run" | "env" | "architecture">;
}

/**
 * A sink that loads one image, that of this machine's processor, as `kind.local/NAME:HEX` and under
 * each tag. HEX is of what was built, of the index where there is one.
 */
export function clusterSink({ registry, host }: ClusterSinkOptions): Sink {
  const kind = CLUSTER_KINDS[registry];
  if (kind === undefined) throw new KrustError("internal", `no cluster is called ${registry}`);
  const platform: Platform = { os: "linux", architecture: host.architecture };
  return {
    async write(root, target, options): Promise<readonly string[]> {
      const repository = { registry, name: target.repository?.name ?? target.name };
      const hex = digestHex(root.descriptor.digest);
      const named = { ...target, repository, tags: [hex, ...target.tags] };
      const folder = await Deno.makeTempDir({ prefix: "krust-" }).catch((error) => {
        throw new KrustError("sink-failed", "cannot make a temporary folder", { cause: error });
      });
      const { signal, report } = options;
      // Where the archive lies is nobody's business, and it is gone in a moment.
      const quiet = { ...report, info: (text: string): void => report.debug(text) };
      try {
        const path = join(folder, `${repository.name.replaceAll("/", "-")}.tar`);
        await archiveSink({ path, platform }).write(root, named, { ...options, report: quiet });
        await report.step(
          `Loading image with ${kind.program}`,
          () => load(kind, path, host, signal === undefined ? {} : { signal }),
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
      const reference = formatReference({ ...repository, tag: hex });
      report.info(`Loaded image: ${reference}`);
      return [reference];
    },
  };
}

async function load(
  { program, variable, arguments: argumentsFor }: ClusterKind,
  archive: string,
  host: ClusterSinkOptions["host"],
  options: Cancel,
): Promise<void> {
  const cluster = host.env(variable)?.trim() || undefined;
  let result: CommandResult;
  try {
    result = await host.run({ program, args: argumentsFor(archive, cluster) }, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof Deno.errors.NotFound)) {
      throw wrapError("engine-failed", `cannot run "${program}"`, error);
    }
    throw new KrustError("engine-failed", `cannot load the image: there is no ${program} on PATH`, {
      help: [`install ${program}, or push to a registry that the cluster can pull from`],
    });
  }
  if (result.status === 0) return;
  const said = printable(result.stderr.trim() === "" ? result.stdout : result.stderr, 1_000);
  throw new KrustError("engine-failed", `${program}: cannot load the image`, {
    cause: said === "" ? `exit status ${result.status}` : said,
    help: [`${variable} names the cluster: ${cluster === undefined ? "it is not set" : cluster}`],
  });
}
