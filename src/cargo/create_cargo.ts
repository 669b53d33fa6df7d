// The compiler's driver that really runs cargo.
import { dirname, resolve } from "node:path";
import type { Host } from "../core/host.ts";
import { Once } from "../core/once.ts";
import type { Cargo } from "./cargo.ts";
import type { CargoContext, PlatformSettings } from "./context.ts";
import { readMetadata } from "./metadata.ts";
import { chooseProject, resolveDirectory } from "./project.ts";
import type { CargoReport } from "./report.ts";

/** What {@linkcode createCargo} needs. */
export interface CargoOptions {
  /** The process. */
  readonly host: Host;
  /** Who is told what goes on. */
  readonly report: CargoReport;
  /** Name or path of cargo; `cargo` on PATH if not given. */
  readonly cargoProgram?: string;
  /** What the user's own configuration says of platforms, by name (`linux/arm64`). */
  readonly platformConfig?: Readonly<Record<string, PlatformSettings>>;
}

/** What all of compiling shares in one run. */
export function openContext(
  { host, report, cargoProgram = "cargo", platformConfig = {} }: CargoOptions,
): CargoContext {
  return { host, report, cargoProgram, platformConfig, installedTargets: new Once() };
}

/** Makes the driver that runs cargo, rustc and rustup through `host`. */
export function createCargo(options: CargoOptions): Cargo {
  const context = openContext(options);
  const { host } = options;
  return {
    async members(named, options = {}) {
      const { directory } = await resolveDirectory(host.cwd, named);
      const { packages } = await readMetadata(context, directory, options);
      return packages.map(({ name, manifest_path }) => ({
        name,
        directory: dirname(manifest_path),
      }));
    },
    async project(named, selection, options = {}) {
      const [metadata, places] = await Promise.all([
        // Cargo first: everything else is done, and loaded, while it looks.
        readMetadata(context, resolve(host.cwd, named), options),
        resolveDirectory(host.cwd, named),
        import("./build.ts"),
      ]);
      return await chooseProject(metadata, selection, places, options.choose);
    },
    async build(project, plan, options = {}) {
      const { buildExecutables } = await import("./build.ts");
      return await buildExecutables(context, project, plan, options);
    },
  };
}
