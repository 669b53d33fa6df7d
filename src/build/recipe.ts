// What goes into an image beside its layers: entrypoint, environment, labels, annotations. Pure.
import type { Digest } from "../core/digest.ts";
import { BASE_DIGEST, BASE_INDEX, BASE_NAME } from "../oci/base_annotations.ts";
import type { Annotations } from "../oci/descriptor.ts";
import { sortedAnnotations } from "../oci/manifest.ts";
import type { ContainerConfig } from "../oci/image_config.ts";
import type { PackageFacts } from "../cargo/cargo.ts";
import type { ContainerSettings } from "./content.ts";

/** Where executables lie in the image. */
export const APPLICATION_DIRECTORY = "/app";

/** Where `krustdata/` lies in the image, as ko's data lies in `/var/run/ko`. */
export const DATA_DIRECTORY = "/var/run/krust";

/** The variable that says so to the program. */
export const DATA_VARIABLE = "KRUST_DATA_PATH";

/** The user of an image whose base names none: distroless's `nonroot`. */
export const DEFAULT_USER = "65532:65532";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The time that stands for "no time" in an image. */
const EPOCH = 0;

/** A whole number of seconds since 1970 as RFC 3339, as the image configuration wants it. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** The `created` of an image: `SOURCE_DATE_EPOCH`, else the epoch, so that it never depends on the clock. */
export function createdTime(sourceDateEpoch: number | undefined): string {
  return formatTime(sourceDateEpoch ?? EPOCH);
}

/**
 * The `org.opencontainers.image.*` facts of a package (image-spec annotations.md), for labels and
 * annotations alike. Only facts that are the same on every machine.
 *
 * @param revision the commit that the source is, where it is exactly one.
 */
export function describePackage(facts: PackageFacts, revision?: string): Annotations {
  const source = facts.repository === undefined
    ? undefined
    : withoutUserInformation(facts.repository);
  return Object.fromEntries(
    Object.entries({
      title: facts.name,
      version: facts.version,
      description: facts.description,
      licenses: facts.license,
      source,
      revision,
    }).flatMap(([key, value]) =>
      value === undefined || value === "" ? [] : [[`org.opencontainers.image.${key}`, value]]
    ),
  );
}

/** The base that an image stands on, as far as it has names. */
export interface BaseNames {
  /** Its name as a reference. */
  readonly name?: string | undefined;
  /** Digest of its manifest for the image's platform. */
  readonly digest?: Digest | undefined;
  /** Digest of the index that the manifest was taken from, where there is one. */
  readonly index?: Digest | undefined;
}

/** The annotations that say what an image stands on; what `rebase` and `index` work from. */
export function describeBase({ name, digest, index }: BaseNames): Annotations {
  return {
    ...(name === undefined ? {} : { [BASE_NAME]: name }),
    ...(digest === undefined ? {} : { [BASE_DIGEST]: digest }),
    ...(index === undefined ? {} : { [BASE_INDEX]: index }),
  };
}

/**
 * The container configuration of an application on its base: the base's own is kept but for the
 * entrypoint, the command that belonged to it, a PATH that finds the application, and what is asked for.
 */
export function applicationConfig(
  base: ContainerConfig,
  program: string,
  labels: Annotations,
  asked: ContainerSettings = {},
): ContainerConfig {
  const { Cmd: _, ...kept } = base;
  const { env = {}, ports = [], entrypoint = [], cmd = [], volumes = [] } = asked;
  const exposed = joinedSet(base.ExposedPorts, ports);
  const mounted = joinedSet(base.Volumes, volumes);
  return {
    ...kept,
    User: asked.user ?? (base.User === undefined || base.User === "" ? DEFAULT_USER : base.User),
    Env: withVariables(withPath(base.Env ?? []), env),
    Entrypoint: entrypoint.length === 0 ? [program] : entrypoint,
    ...(cmd.length === 0 ? {} : { Cmd: cmd }),
    ...(exposed === undefined ? {} : { ExposedPorts: exposed }),
    ...(mounted === undefined ? {} : { Volumes: mounted }),
    ...(asked.workdir === undefined ? {} : { WorkingDir: asked.workdir }),
    ...(asked.stopSignal === undefined ? {} : { StopSignal: asked.stopSignal }),
    Labels: sortedAnnotations({ ...base.Labels, ...labels }) ?? {},
  };
}

/** A set with further members, sorted; as it was where there are none. */
function joinedSet(
  set: ContainerConfig["Volumes"],
  more: readonly string[],
): ContainerConfig["Volumes"] {
  if (more.length === 0) return set;
  return Object.fromEntries(
    [...Object.keys(set ?? {}), ...more].toSorted().map((key) => [key, {}]),
  );
}

/** Variables with others in their places; new ones at the end, sorted. */
function withVariables(
  env: readonly string[],
  asked: Readonly<Record<string, string>>,
): readonly string[] {
  const left = new Map(Object.entries(asked));
  const changed = env.map((entry) => {
    const [name = ""] = entry.split("=", 1);
    const value = left.get(name);
    if (value === undefined) return entry;
    left.delete(name);
    return `${name}=${value}`;
  });
  const added = [...left].map(([name, value]) => `${name}=${value}`).toSorted();
  return [...changed, ...added];
}

function withPath(env: readonly string[]): readonly string[] {
  const index = env.findIndex((entry) => entry.startsWith("PATH="));
  const path = index === -1 ? DEFAULT_PATH : (env[index] ?? "").slice("PATH=".length);
  const entries = path.split(":").filter((entry) => entry !== "");
  const entry = `PATH=${[...entries, APPLICATION_DIRECTORY].join(":")}`;
  if (entries.includes(APPLICATION_DIRECTORY)) return env;
  return index === -1 ? [entry, ...env] : env.with(index, entry);
}

function withoutUserInformation(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1");
}
