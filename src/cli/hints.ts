// What to do next, in the words of this front end: the flags. Lower layers know none of them.
import type { ErrorCode, KrustError } from "../core/error.ts";
import { NO_CERTIFICATE, UNTRUSTED } from "../registry/network_error.ts";

/** Lines of help for an error, from its code and details; `null` is a decision that there is none. */
export type Hint = ((error: KrustError) => readonly string[]) | null;

/** glibc needs no target that is not there, but for other processors than this machine's a compiler. */
function staticGlibc({ details }: KrustError): readonly string[] {
  return details["libc"] === "musl" && details["native"] === "true"
    ? ["or build against static glibc: --libc gnu"]
    : [];
}

/** A shared library may come with the base; C alone compiles with what glibc's targets take. */
function otherLinkage(error: KrustError): readonly string[] {
  return error.details["kind"] === "library"
    ? ["or link with it dynamically, on a base that has it: --libc gnu-dynamic --base REF"]
    : staticGlibc(error);
}

/** docker may not be here; what `krust login` keeps is found in the same place. */
const ownLogin: Hint = ({ help }) =>
  help.flatMap((line) => {
    const [, host = "docker.io"] = /^docker login(?: (\S+))?$/.exec(line) ?? [];
    return line.startsWith("docker login") ? [`or, without docker: krust login ${host}`] : [];
  });

function networkHint({ details }: KrustError): readonly string[] {
  const host = details["host"] ?? "HOST";
  if (details["reason"] === UNTRUSTED) {
    return [
      "name the authority that signed it in krust's config.toml:",
      `[registries."${host}"] with ca = "/path/to/ca.pem"`,
    ];
  }
  if (details["reason"] === NO_CERTIFICATE) {
    return [
      "name a certificate and its key in krust's config.toml:",
      `[registries."${host}"] with client_cert = "/path/to.pem" and client_key = "/path/to.key"`,
    ];
  }
  if (details["insecure"] === "possible") {
    return [`if it speaks plain HTTP: --insecure-registry ${host}`];
  }
  return details["side"] === "base"
    ? ["build on a base that needs no network: --base builtin"]
    : [];
}

/** The decision for each code; the compiler refuses a code without one. */
export const HINTS = {
  "internal": () => ["this is a bug of krust's own; run again with -v and report what it says"],
  "usage": null,
  "config-invalid": null,
  "reference-invalid": null,
  "yaml-invalid": null,
  "platform-unknown": null,
  "project-invalid": null,
  "cargo-not-found": null,
  "cargo-failed": null,
  "target-not-installed": staticGlibc,
  "linker-missing": staticGlibc,
  "native-dependency": otherLinkage,
  "executable-mismatch": null,
  "not-ready": null,
  "auth-required": ownLogin,
  "auth-denied": ownLogin,
  "credential-helper-failed": null,
  "base-not-found": () => [
    "build on a base that needs no network: --base builtin, or on nothing: --base scratch",
  ],
  "base-platform-missing": () => ["choose another with --platform, or another base with --base"],
  "registry-rejected": ownLogin,
  "document-invalid": null,
  "digest-mismatch": null,
  "images-mismatch": null,
  "network-failed": networkHint,
  "asset-refused": null,
  "store-failed": () => ["the cache may be elsewhere: KRUST_CACHE_DIR=DIR"],
  "sink-failed": null,
  "engine-failed": null,
  "output-failed": null,
  "input-failed": null,
  "kubectl-not-found": null,
  "hung-up": null,
  "interrupted": null,
  "terminated": null,
} satisfies Record<ErrorCode, Hint>;

/** An error's own help and this front end's, one list. */
export function helpFor(error: KrustError): readonly string[] {
  const hint: Hint = HINTS[error.code];
  return [...error.help, ...(hint === null ? [] : hint(error))];
}
