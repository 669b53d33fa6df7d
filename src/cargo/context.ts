// What all of compiling shares: the process, the person who watches, and what the user configured.
import type { Host } from "../core/host.ts";
import type { Once } from "../core/once.ts";
import type { CargoReport } from "./report.ts";

/** What a user's own configuration says of compiling for one platform. */
export interface PlatformSettings {
  /** The linker to use. */
  readonly linker?: string;
  /** Flags for rustc; like cargo's, a text with spaces is several. */
  readonly rustflags?: readonly string[];
}

/** What compiling needs, made by `createCargo`. */
export interface CargoContext {
  /** The process. */
  readonly host: Host;
  /** Who is told what goes on. */
  readonly report: CargoReport;
  /** Name or path of cargo. */
  readonly cargoProgram: string;
  /** By the canonical name of a platform, `linux/arm64`. */
  readonly platformConfig: Readonly<Record<string, PlatformSettings>>;
  /** Whether nothing may be fetched. */
  readonly offline?: boolean;
  /** Targets that were found or added, by folder and triple. */
  readonly installedTargets: Once<void>;
}
