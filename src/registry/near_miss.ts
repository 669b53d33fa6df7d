// Hosts that are one slip of the finger away from a registry that everybody knows. Some belong to people who
// wait there for passwords (ghrc.io: bmitch.net, 2025-08-22).
import { editDistance } from "../core/nearest.ts";

/** Registries whose names people mistype, and those whose names are as near to one of them by right. */
const KNOWN: readonly string[] = [
  "docker.io",
  "gcr.io",
  "ghcr.io",
  "icr.io",
  "index.docker.io",
  "mcr.microsoft.com",
  "nvcr.io",
  "public.ecr.aws",
  "quay.io",
  "registry.access.redhat.com",
  "registry.gitlab.com",
  "registry.k8s.io",
  "registry.redhat.io",
  "registry-1.docker.io",
];

/** The well-known registry for which a host may be meant that is one letter off; undefined for all others. */
export function nearMiss(host: string): string | undefined {
  if (KNOWN.includes(host) || host.length > 64) return undefined;
  return KNOWN.find((known) => editDistance(host, known) === 1);
}
