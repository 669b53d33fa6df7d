// The one table of settings: the command line declares its options from it, and the loader takes from
// it what environment, Cargo.toml and the user's file may hold (architecture.md §10, spec.md "build").
import { readAsset } from "./asset_text.ts";
import {
  readCapability,
  readImagePath,
  readPorts,
  readSignal,
  readUser,
  readWhole,
} from "./content_readers.ts";
import { readNameTemplate } from "./name_template.ts";
import {
  readArguments,
  readList,
  readName,
  readPlatforms,
  readRegistryHost,
  readSeconds,
  readSize,
  readTag,
} from "./reader.ts";
import { choice, flag, list, pairs, parsed, type Setting, text, textOr } from "./setting.ts";

/** Every setting, by the name under which its value is found; in the order of the help. */
export const SETTINGS = {
  package: text({
    flags: "-p, --package <PACKAGE>",
    group: "What to build",
    scope: "run",
    help: "Package of the workspace to build",
  }, readName),
  bin: list({
    flags: "--bin <NAME>",
    group: "What to build",
    scope: "project",
    aliases: ["bins"],
    help: "Binary to pack; several go into one image, the first is its entrypoint",
  }),
  example: text({
    flags: "--example <NAME>",
    group: "What to build",
    scope: "project",
    help: "Example to pack in place of a binary",
  }, readName),
  platform: list(
    {
      flags: "--platform <PLATFORM>",
      group: "What to build",
      scope: "project",
      help: "Target platform",
    },
    readPlatforms,
    ["linux/amd64"],
  ),
  profile: textOr("release", {
    flags: "--profile <PROFILE>",
    group: "What to build",
    scope: "project",
    help: "Cargo profile",
  }, readName),
  libc: choice(["musl", "gnu", "gnu-dynamic", "auto"], {
    flags: "--libc <musl|gnu|gnu-dynamic|auto>",
    group: "What to build",
    scope: "project",
    env: "KRUST_LIBC",
    help: "C library to link, statically but for gnu-dynamic (uses KRUST_LIBC env var)",
  }),
  features: list({
    flags: "--features <FEATURES>",
    group: "What to build",
    scope: "project",
    help: "Features to activate, as cargo takes them",
  }),
  allFeatures: flag({
    flags: "--all-features",
    group: "What to build",
    scope: "project",
    help: "Activate all features",
  }),
  noDefaultFeatures: flag({
    flags: "--no-default-features",
    group: "What to build",
    scope: "project",
    help: "Leave the default feature off",
  }),
  locked: flag({
    flags: "--locked",
    group: "What to build",
    scope: "project",
    help: "Refuse to build where Cargo.lock would change",
  }),

  image: text({
    flags: "-i, --image <IMAGE>",
    group: "Where it goes",
    scope: "project",
    env: "KRUST_IMAGE",
    help: "Target image reference (overrides KRUST_REPO)",
  }),
  repo: text({
    flags: "--repo <REPO>",
    group: "Where it goes",
    scope: "project",
    env: "KRUST_REPO",
    help: "Repository prefix (uses KRUST_REPO env var)",
  }),
  tag: list(
    {
      flags: "-t, --tag <TAG>",
      group: "Where it goes",
      scope: "project",
      help: "Tag to push; repeat it, or separate several with commas",
    },
    readList(readTag, { commas: true }),
    ["latest"],
  ),
  bare: flag({
    flags: "--bare",
    group: "Where it goes",
    scope: "project",
    help: "Push to the repository itself, with no name appended",
  }),
  nameTemplate: text({
    flags: "--name-template <TEMPLATE>",
    group: "Where it goes",
    scope: "project",
    help: "Name below the repository, of {package}, {bin} and {version} [default: {package}]",
  }, readNameTemplate),
  tagOnly: flag({
    flags: "--tag-only",
    group: "Where it goes",
    scope: "user",
    help: "Print the reference by its one tag, not by digest",
  }),
  noPush: flag({
    flags: "--no-push",
    group: "Where it goes",
    scope: "user",
    help: "Skip pushing the image to registry",
  }),
  local: flag({
    flags: "--local",
    group: "Where it goes",
    scope: "user",
    help: "Load the image into the local container engine and push nothing",
  }),
  ociLayout: text({
    flags: "--oci-layout <DIR>",
    group: "Where it goes",
    scope: "user",
    help: "Also write the image as an OCI layout",
  }),
  tarball: text({
    flags: "--tarball <FILE>",
    group: "Where it goes",
    scope: "user",
    help: "Also write the image as an archive for docker load",
  }),
  metadataFile: text({
    flags: "--metadata-file <FILE>",
    group: "Where it goes",
    scope: "user",
    help: "Write what was built and pushed as JSON",
  }),
  imageRefs: text({
    flags: "--image-refs <FILE>",
    group: "Where it goes",
    scope: "user",
    help: "Write every published reference, the index first, one a line",
  }),

  base: textOr("gcr.io/distroless/static:nonroot", {
    flags: "--base <REF|scratch|builtin>",
    group: "What it holds",
    scope: "project",
    env: "KRUST_BASE",
    aliases: ["base-image"],
    help: "Image to build on (uses KRUST_BASE env var)",
  }),
  env: pairs({
    flags: "--env <K=V>",
    group: "What it holds",
    scope: "project",
    help: "Environment variable of the container",
  }),
  user: text({
    flags: "--user <USER[:GROUP]>",
    group: "What it holds",
    scope: "project",
    help: "User that the program runs as",
  }, readUser),
  workdir: text({
    flags: "--workdir <DIR>",
    group: "What it holds",
    scope: "project",
    help: "Directory that the program starts in",
  }, readImagePath),
  expose: list({
    flags: "--expose <PORT[/PROTOCOL]>",
    group: "What it holds",
    scope: "project",
    help: "Port that the program listens on",
  }, readPorts),
  entrypoint: list({
    flags: "--entrypoint <ARG>",
    group: "What it holds",
    scope: "project",
    help: "What is run in place of the binary; repeat it, one argument each",
  }, readArguments),
  cmd: list({
    flags: "--cmd <ARG>",
    group: "What it holds",
    scope: "project",
    help: "Arguments that a user may replace; repeat it, one argument each",
  }, readArguments),
  volume: list({
    flags: "--volume <DIR>",
    group: "What it holds",
    scope: "project",
    help: "Directory that holds data of the container",
  }, readList(readImagePath)),
  stopSignal: text({
    flags: "--stop-signal <SIGNAL>",
    group: "What it holds",
    scope: "project",
    help: "Signal that ends the program",
  }, readSignal),
  asset: list({
    flags: "--asset <SRC:DEST[:MODE]>",
    group: "What it holds",
    scope: "project",
    aliases: ["assets"],
    help: "File, folder or pattern to put into the image",
  }, readList(readAsset)),
  linuxCapability: list({
    flags: "--linux-capability <CAPABILITY>",
    group: "What it holds",
    scope: "project",
    aliases: ["linux-capabilities"],
    help: "Capability of the binary's file, such as net_bind_service",
  }, readList(readCapability)),
  compression: choice(["gzip", "zstd", "none"], {
    flags: "--compression <gzip|zstd|none>",
    group: "What it holds",
    scope: "project",
    help: "Compression of the layers that krust makes",
  }),
  compressionLevel: parsed({
    flags: "--compression-level <LEVEL>",
    group: "What it holds",
    scope: "project",
    help: "Effort, 1 to 9 for gzip and 1 to 19 for zstd [default: 3]",
  }, readWhole(1, 19)),
  label: pairs({
    flags: "--label <K=V>",
    group: "What it holds",
    scope: "project",
    help: "Label for the image's configuration",
  }),
  annotation: pairs({
    flags: "--annotation <K=V>",
    group: "What it holds",
    scope: "project",
    help: "Annotation for manifests and index",
  }),
  sourceDateEpoch: parsed({
    flags: "--source-date-epoch <SECONDS>",
    group: "What it holds",
    scope: "project",
    env: "SOURCE_DATE_EPOCH",
    help: "Time for files and image (uses SOURCE_DATE_EPOCH env var)",
  }, readSeconds),

  jobs: parsed({
    flags: "-j, --jobs <N>",
    group: "How",
    scope: "user",
    help: "Processors that cargo and krust may use at once",
  }, readWhole(1, 1_024)),
  noCache: flag({
    flags: "--no-cache",
    group: "How",
    scope: "user",
    help: "Neither read nor write krust's cache of layers",
  }),
  offline: flag({
    flags: "--offline",
    group: "How",
    scope: "user",
    help: "Do without the network, but for the push",
  }),
  reproducible: flag({
    flags: "--reproducible",
    group: "How",
    scope: "project",
    help: "Leave nothing of this machine in the program: time, linker, folders",
  }),
  cacheSize: textOr("10GiB", {
    flags: "--cache-size <SIZE>",
    group: "How",
    scope: "user",
    env: "KRUST_CACHE_SIZE",
    help: "What the cache may keep (uses KRUST_CACHE_SIZE env var)",
  }, readSize),
  insecureRegistry: list({
    flags: "--insecure-registry <HOST>",
    group: "How",
    scope: "user",
    help: "Registry that may be spoken to over plain HTTP",
  }, readList(readRegistryHost)),
  dryRun: flag({
    flags: "--dry-run",
    group: "How",
    scope: "run",
    help: "Say what would be built and where it would go, and stop",
  }),
  progress: choice(["auto", "bar", "plain", "json", "none"], {
    flags: "--progress <auto|bar|plain|json|none>",
    group: "How",
    scope: "user",
    env: "KRUST_PROGRESS",
    help: "How progress is shown (uses KRUST_PROGRESS env var)",
  }),
  quiet: flag({
    flags: "-q, --quiet",
    group: "How",
    scope: "user",
    help: "Show warnings and errors alone",
  }),
  verbose: flag({
    flags: "-v, --verbose",
    group: "How",
    scope: "user",
    help: "Enable verbose logging",
  }),
} as const;

/** The name of a setting: its key in camelCase, as commander names it. */
export type SettingName = keyof typeof SETTINGS;

/** All names, in the order of the table. */
// `Object.keys` cannot know that the table has no further keys; it is declared above, and has none.
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The value of each setting. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value
    : never;
};

/**
 * Settings of one layer of which only one can hold: two of the same layer are refused, and of two
 * layers the higher one's makes the lower one's void.
 */
export const CONTRADICTIONS: readonly (readonly [SettingName, SettingName])[] = [
  ["quiet", "verbose"],
  ["bin", "example"],
  ["bare", "nameTemplate"],
  ["imageRefs", "noPush"],
];
