// Those who write OCI layouts, with an old and a new image each: krust, and other people's tools.
import { join } from "node:path";
import { goProgram } from "./go_programs.ts";
import { publish, syntheticImage } from "./images.ts";
import type { LayoutWriter } from "./killed_writes.ts";
import { KRUST } from "./krust_process.ts";
import { writeProject } from "./prebuilt_project.ts";
import type { MemoryRegistry } from "../../src/registry/memory.ts";

/** A krust that builds one of two projects, which have nothing in common but the base. */
export async function krustWriter(folder: string): Promise<LayoutWriter> {
  const projects = { old: join(folder, "old"), new: join(folder, "new") };
  await writeProject(projects.old, { size: 600_000, seed: 1 });
  await writeProject(projects.new, { size: 600_000, seed: 2 });
  return {
    command: (layout, image) => [
      Deno.execPath(),
      ...KRUST,
      ...["build", "--base", "builtin", "--no-push", "--oci-layout", layout],
      projects[image],
    ],
    env: { CI: "", KRUST_CACHE_DIR: join(folder, "cache"), DOCKER_CONFIG: folder },
  };
}

/** The images that others copy out of a registry. */
export async function publishImages(registry: MemoryRegistry): Promise<void> {
  await publish(registry, "app", await syntheticImage({ seed: 1, layers: 3 }), "old");
  await publish(registry, "app", await syntheticImage({ seed: 2, layers: 3 }), "new");
}

/** skopeo, copying out of a registry. */
export function skopeoWriter(host: string): LayoutWriter {
  return {
    command: (layout, image) => [
      ...["skopeo", "copy", "-q", "--src-tls-verify=false"],
      ...[`docker://${host}/app:${image}`, `oci:${layout}:latest`],
    ],
  };
}

/** regctl, copying out of a registry. */
export function regctlWriter(host: string, folder: string): LayoutWriter {
  return {
    command: (layout, image) => [
      ...[goProgram("regctl") ?? "regctl", "--host", `reg=${host},tls=disabled`],
      ...["image", "copy", `${host}/app:${image}`, `ocidir://${layout}:latest`],
    ],
    env: { REGCTL_CONFIG: join(folder, "regctl.json") },
  };
}
