// Parsers of whole documents: what registries, docker, cargo and the user write.
import assert from "node:assert/strict";
import fc from "fast-check";
import { askHelper } from "../../src/auth/credential_helper.ts";
import { parseDockerConfig } from "../../src/auth/docker_config.ts";
import { lookupKeys, normalizeKey } from "../../src/auth/registry_key.ts";
import { readMetadata } from "../../src/cargo/metadata.ts";
import { parseProjectMetadata } from "../../src/config/project_metadata.ts";
import { parseUserConfig } from "../../src/config/user_config.ts";
import { decodeJson, encodeJson } from "../../src/core/json.ts";
import { Once } from "../../src/core/once.ts";
import { parseToml } from "../../src/core/toml.ts";
import { locateKey } from "../../src/core/toml_keys.ts";
import { parseImageConfig } from "../../src/oci/image_config.ts";
import { formatImageIndex, formatImageManifest, parseManifest } from "../../src/oci/manifest.ts";
import { parseLayoutIndex } from "../../src/sinks/layout_index.ts";
import { fakeHost } from "../support/fake_host.ts";
import { type FuzzTarget, target } from "./fuzz.ts";
import { bytesFrom, harmed, harmedJson, wordsOf } from "./inputs.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const LAYER = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: DIGEST, size: 9 };
const CONFIG = { mediaType: "application/vnd.oci.image.config.v1+json", digest: DIGEST, size: 2 };

const MANIFEST = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: CONFIG,
  layers: [LAYER, { ...LAYER, urls: ["https://x.test/"], annotations: { a: "b" } }],
  annotations: { "org.opencontainers.image.title": "x" },
};

const INDEX = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [{
    mediaType: MANIFEST.mediaType,
    digest: DIGEST,
    size: 7,
    platform: { os: "linux", architecture: "arm", variant: "v7", "os.version": "1" },
    annotations: { "org.opencontainers.image.ref.name": "v1" },
  }],
};

function checkManifest(raw: Uint8Array): void {
  const document = parseManifest(raw, undefined, "a manifest");
  const { raw: again, descriptor } = document.kind === "image"
    ? formatImageManifest(document.manifest)
    : formatImageIndex(document.index);
  const other = parseManifest(again, descriptor.mediaType, "what was written");
  assert.equal(other.kind, document.kind);
}

const manifest = target("manifest", bytesFrom(harmedJson(MANIFEST)), checkManifest);
const index = target("index", bytesFrom(harmedJson(INDEX)), checkManifest);

const imageConfig = target(
  "image config",
  bytesFrom(harmedJson({
    os: "linux",
    architecture: "amd64",
    created: "2026-01-01T00:00:00Z",
    config: { Env: ["A=B"], User: "1", Entrypoint: ["/a"], Labels: { a: "b" }, ExposedPorts: {} },
    rootfs: { type: "layers", diff_ids: [DIGEST] },
    history: [{ created_by: "x", empty_layer: true }],
  })),
  (raw) => void parseImageConfig(raw, "a configuration"),
);

const layoutIndex = target(
  "layout index",
  bytesFrom(harmedJson(INDEX)),
  (raw) => void parseLayoutIndex(raw, "index.json"),
);

const json = target(
  "JSON",
  fc.oneof(bytesFrom(harmedJson(MANIFEST, [1, 2.5, "x"])), fc.uint8Array({ maxLength: 60 })),
  (raw) => {
    const value = decodeJson(raw, "JSON");
    assert.deepEqual(decodeJson(encodeJson(value), "JSON"), JSON.parse(JSON.stringify(value)));
  },
);

const auth = (text: string): string => new TextEncoder().encode(text).toBase64();

const dockerConfig = target(
  "docker config",
  harmedJson({
    auths: {
      "https://index.docker.io/v1/": { auth: auth("me:pass:word") },
      "registry.test:5000/team": { identitytoken: "t", auth: auth("0:") },
      "ghcr.io": { registrytoken: "t" },
      "quay.io": { username: "u", password: "p" },
    },
    credHelpers: { "gcr.io": "gcloud", "registry.test": "" },
    credsStore: "pass",
    HttpHeaders: { a: "b" },
  }),
  (text) => {
    const config = parseDockerConfig(text, "config.json");
    const keys = ["docker.io", "registry.test:5000", "ghcr.io", "gcr.io", "quay.io", "__proto__"]
      .flatMap((registry) => lookupKeys({ registry, name: "team/app" }));
    for (const key of keys) {
      const program = config.helper(key);
      if (program !== undefined) assert.match(program, /^docker-credential-[A-Za-z0-9._-]+$/);
      config.secret(key);
    }
    config.store(keys);
  },
);

const registryKey = target(
  "registry key",
  wordsOf("https://", "http://", "index.docker.io", "/v1/", "/", ":", "5000", "a", "docker.io"),
  (text) => {
    const key = normalizeKey(text);
    if (!key.includes("://")) assert.equal(normalizeKey(key), key);
  },
);

const helperOutput = target(
  "helper output",
  fc.tuple(
    fc.oneof(
      harmedJson({ ServerURL: "x", Username: "me", Secret: "s" }, {
        Username: "<token>",
        Secret: "",
      }),
      wordsOf("credentials not found in native keychain", "\n", " "),
    ),
    fc.constantFrom(0, 1, 127),
  ),
  async ([stdout, status]) => {
    await askHelper(
      "docker-credential-x",
      "registry.test",
      (command) => swallow(command.stdin).then(() => ({ status, stdout, stderr: "" })),
    );
  },
);

async function swallow(stdin: unknown): Promise<void> {
  if (stdin instanceof ReadableStream) await stdin.cancel();
}

const CONFIG_TOML = `base_image = "scratch"
default_registry = "ghcr.io"
platform = ["linux/amd64"]
label = { a = "b", "c.d" = "e" }
[build]
cargo_args = ["--locked"]
[registries."ghcr.io"]
username = "me" # not you
password = """
x"""
mirrors = ["m.test"]
[platforms."linux/arm64"]
rustflags = ["-C", 'opt']
`;

const tomls = fc.oneof(
  harmed([CONFIG_TOML], "[", "]", "[[", "=", '"', "'", '"""', "\\u", ".", "{", "#", "1979-05-27"),
  wordsOf("a", "=", "[", "]", "[[", "\n", '"', "'", '"""', ".", "{", "}", "1", "\\"),
);

const userConfig = target(
  "config.toml",
  tomls,
  (text) => void parseUserConfig(text, "config.toml"),
);

const toml = target("TOML", tomls, (text) => {
  for (const path of [["registries", "ghcr.io", "password"], ["a"], []]) {
    const place = locateKey(text, path);
    if (place !== undefined) assert.ok(place.line >= 1 && place.column >= 1);
  }
  parseToml(text, "a.toml");
});

const projectMetadata = target(
  "project metadata",
  harmedJson({ "base-image": "scratch", bin: ["a"], label: { a: "b" }, platform: "linux/amd64" }),
  (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    parseProjectMetadata("package", { path: "Cargo.toml", text }, value);
  },
);

const PACKAGE = {
  id: "path+file:///w#hello@1.0.0",
  name: "hello",
  version: "1.0.0",
  description: null,
  license: "MIT",
  repository: null,
  default_run: null,
  manifest_path: "/w/Cargo.toml",
  metadata: { krust: { bin: "hello" } },
  targets: [{ name: "hello", kind: ["bin"], crate_types: ["bin"] }],
};

/** What the reader of metadata has no use for. */
const NEEDLESS = {
  report: {
    info(): void {},
    debug(): void {},
    warn(): void {},
    output(): void {},
    passThrough: false,
  },
  platformConfig: {},
  installedTargets: new Once<void>(),
};

const cargoMetadata = target(
  "cargo metadata",
  harmedJson({
    packages: [PACKAGE],
    workspace_members: [PACKAGE.id],
    workspace_default_members: [PACKAGE.id],
    workspace_root: "/w",
    target_directory: "/w/target",
    metadata: null,
  }),
  async (text) => {
    const host = fakeHost({
      cwd: "/",
      programs: {
        cargo: ({ out }) => {
          out(text);
          return 0;
        },
      },
    });
    await readMetadata({ ...NEEDLESS, host, cargoProgram: "cargo" }, "/");
  },
);

/** The targets of this file. */
export const DOCUMENT_TARGETS: readonly FuzzTarget[] = [
  manifest,
  index,
  imageConfig,
  layoutIndex,
  json,
  dockerConfig,
  registryKey,
  helperOutput,
  userConfig,
  toml,
  projectMetadata,
  cargoMetadata,
];
