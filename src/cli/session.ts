// What all that one run builds shares: settings, reporter, cargo and its lane, what reaches beyond this
// machine, the cache. Nothing is loaded, asked, read or sent before it is needed.
import type { Cargo } from "../cargo/cargo.ts";
import type { Settings, SettingsInputs } from "../config/resolve_settings.ts";
import type { Host } from "../core/host.ts";
import { Limiter } from "../core/limiter.ts";
import { Once } from "../core/once.ts";
import type { Cancel } from "../core/streams.ts";
import type { Reporter } from "../report/reporter.ts";
import type { Engine } from "../sinks/engine.ts";
import type { Store } from "../store/store.ts";
import type { BuildArguments } from "./build_options.ts";
import { openCache } from "./cache.ts";
import { openCargo, openSettings } from "./load_project.ts";
import type { Context } from "./program.ts";
import type { Remote } from "./remote.ts";

/** What the builds of one run share; to be closed before anything is written to stdout. */
export interface Session extends AsyncDisposable {
  /** The process. */
  readonly host: Host;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
  /** Where settings come from, but for the projects' own. */
  readonly inputs: SettingsInputs;
  /** The settings without a project's own. */
  readonly settings: Settings;
  /** Told what goes on. */
  readonly report: Reporter;
  /** Drives the compiler. */
  readonly cargo: Cargo;
  /** Cargo's builds, one after the other: they share a target directory and all processors. */
  readonly cargoLane: Limiter;
  /** What reaches beyond this machine, opened once. */
  remote(): Promise<Remote>;
  /**
   * The container engine on this machine, looked for once.
   *
   * @throws {KrustError} `engine-failed`.
   */
  engine(options: Cancel): Promise<Engine>;
  /**
   * The cache.
   *
   * @throws {KrustError} `store-failed`.
   */
  store(): Promise<Store>;
}

/**
 * Reads the user's configuration and opens what depends on nothing else.
 *
 * @throws {KrustError} `usage`, `config-invalid`.
 */
export async function openSession(
  { flags }: Pick<BuildArguments, "flags">,
  context: Omit<Context, "divertSignals">,
): Promise<Session> {
  const { host, signal } = context;
  const { inputs, settings, report } = await openSettings(flags, context);
  await using closing = new AsyncDisposableStack();
  closing.use(report);
  const remotes = new Once<Remote>();
  const stores = new Once<Store>();
  const engines = new Once<Engine>();
  const store = (): Promise<Store> =>
    stores.get("", async () => {
      const warn = (text: string): void => report.warn(text);
      const [size, none] = [settings.cacheSize.value, settings.noCache.value];
      const cache = await openCache(host, { warn, size, none });
      return opened.use(cache).store;
    });
  const opened = closing.move();
  return {
    host,
    signal,
    inputs,
    settings,
    report,
    cargo: openCargo({ inputs, settings, report }, host),
    cargoLane: new Limiter(1),
    remote: () =>
      remotes.get("", async () => {
        const { openRemote } = await import("./remote.ts");
        return openRemote({ host, settings, report, store });
      }),
    engine: (options) =>
      engines.get("", async () => {
        const { findEngine } = await import("../sinks/engine.ts");
        return await findEngine({ host }, options);
      }),
    store,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
