// The base `builtin`: what a static program needs of a system, made here and without a network; the
// same bytes for the same certificates, everywhere (spec.md, "Bases").
import { sha256 } from "../core/digest.ts";
import { Once } from "../core/once.ts";
import { bodyOf, type Cancel } from "../core/streams.ts";
import type { Layer } from "../image/image.ts";
import type { LayerDirectory, LayerEntry, LayerFile } from "../image/layer_entry.ts";
import { appendLayer, emptyImage, withContainer } from "../image/mutate.ts";
import { packLayer } from "../image/pack.ts";
import type { ContainerConfig } from "../oci/image_config.ts";
import type { Store } from "../store/store.ts";
import type { Source } from "./source.ts";

/** What {@linkcode builtinSource} is given. */
export interface BuiltinOptions {
  /** Keeps the layer. */
  readonly store: Store;
  /** Certificates of the authorities to trust, in PEM; they are written in this order. */
  readonly certificates: readonly string[];
}

/** User and group of whoever is not root. */
const NONROOT = 65532;

const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nonroot:x:${NONROOT}:${NONROOT}:nonroot:/home/nonroot:/sbin/nologin
`;

const GROUP = `root:x:0:
nonroot:x:${NONROOT}:
`;

// Files first, as the C libraries do where there is no such file.
const NSSWITCH = `passwd: files
group: files
hosts: files dns
`;

const OS_RELEASE = `NAME="krust builtin"
PRETTY_NAME="krust builtin base"
ID=krust
`;

const CONTAINER: ContainerConfig = {
  User: `${NONROOT}:${NONROOT}`,
  Env: [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    `SSL_CERT_FILE=${CERTIFICATES}`,
  ],
  WorkingDir: "/home/nonroot",
};

/** A source whose image krust makes itself; it has neither name nor digest, and runs on anything. */
export function builtinSource({ store, certificates }: BuiltinOptions): Source {
  const layers = new Once<Layer>();
  const layer = (options: Cancel): Promise<Layer> =>
    layers.get(
      "",
      async () => (await packLayer(entries(certificates), { store, mtime: 0, ...options })).layer,
    );
  return {
    open: () =>
      Promise.resolve({
        async image(platform, options = {}) {
          const image = appendLayer(emptyImage(platform), await layer(options), {
            created_by: "krust builtin base",
          });
          return withContainer(image, () => CONTAINER);
        },
      }),
  };
}

function entries(certificates: readonly string[]): readonly LayerEntry[] {
  return [
    directory("/root", 0o700),
    directory("/tmp", 0o1777),
    { ...directory("/home/nonroot", 0o700), uid: NONROOT, gid: NONROOT },
    file("/etc/passwd", PASSWD),
    file("/etc/group", GROUP),
    file("/etc/nsswitch.conf", NSSWITCH),
    file("/etc/os-release", OS_RELEASE),
    file(CERTIFICATES, certificates.map((certificate) => `${certificate.trim()}\n`).join("")),
  ];
}

function directory(path: string, mode: number): LayerDirectory {
  return { type: "directory", path, mode };
}

function file(path: string, text: string): LayerFile {
  const content = new TextEncoder().encode(text);
  return { path, mode: 0o644, digest: sha256(content), body: bodyOf(content) };
}
