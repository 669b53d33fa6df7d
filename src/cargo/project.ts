// Chooses what is to be packed out of what cargo says of a project (spec.md, rule 1).
import { resolve } from "node:path";
import type { Described, PackageFacts, Project, ProjectOptions, Selection } from "./cargo.ts";
import { type Metadata, type MetadataPackage, targetNames } from "./metadata.ts";
import { chooseBinaries, chooseNamed } from "./choose_binaries.ts";
import { choosePackage } from "./choose_package.ts";

/**
 * The package and binaries that `selection` means in a project; `directory` is absolute, and
 * `realDirectory` is the same without symbolic links, as cargo names its paths.
 *
 * @throws {KrustError} `project-invalid` where there is no such thing; `usage` where several could be
 * meant; what `choose` throws.
 */
export async function chooseProject(
  metadata: Metadata,
  selection: Selection,
  places: { readonly directory: string; readonly realDirectory: string },
  choose: NonNullable<ProjectOptions["choose"]> = () => Promise.resolve(selection),
): Promise<Project> {
  const chosen = choosePackage(metadata, selection, places.realDirectory);
  const described = describe(metadata, chosen, places.directory);
  const { bins, example } = await choose(described);
  const binaries = example === undefined
    ? chooseBinaries(chosen, bins, metadata)
    : [chooseNamed(chosen, "example", example)];
  return { ...described, binaries, example: example !== undefined };
}

function describe(metadata: Metadata, chosen: MetadataPackage, directory: string): Described {
  const packageMetadata = krustMetadata(chosen.metadata);
  const workspaceMetadata = krustMetadata(metadata.metadata);
  const { target_directory: targetDirectory, build_directory: between } = metadata;
  return {
    directory,
    manifestPath: chosen.manifest_path,
    workspaceRoot: metadata.workspace_root,
    targetDirectory,
    ...(typeof between === "string" && between !== targetDirectory
      ? { buildDirectory: between }
      : {}),
    package: factsOf(chosen),
    targetNames: {
      package: namesOf(chosen),
      workspace: metadata.packages.flatMap((one) => namesOf(one)),
    },
    ...(packageMetadata === undefined ? {} : { packageMetadata }),
    ...(workspaceMetadata === undefined ? {} : { workspaceMetadata }),
  };
}

/** Whatever can be an image's program. */
function namesOf(one: MetadataPackage): readonly string[] {
  return [...targetNames(one, "bin"), ...targetNames(one, "example")];
}

function factsOf(chosen: MetadataPackage): PackageFacts {
  const { name, version, authors } = chosen;
  const keys = ["description", "license", "repository", "homepage", "documentation"] as const;
  const given = keys.flatMap((key) => {
    const value = chosen[key];
    return typeof value === "string" && value !== "" ? [[key, value] as const] : [];
  });
  return { name, version, authors, ...Object.fromEntries(given) };
}

function krustMetadata(metadata: unknown): unknown {
  return typeof metadata === "object" && metadata !== null && "krust" in metadata
    ? metadata.krust
    : undefined;
}

/** The folder that the user named, absolute, and the same without symbolic links. */
export async function resolveDirectory(
  cwd: string,
  directory: string,
): Promise<{ readonly directory: string; readonly realDirectory: string }> {
  const absolute = resolve(cwd, directory);
  // One that does not exist is refused, with words of its own, where cargo is asked about it.
  const realDirectory = await Deno.realPath(absolute).catch(() => absolute);
  return { directory: absolute, realDirectory };
}
