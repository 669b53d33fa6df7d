// What of a run reaches beyond this machine: registries with their tokens, bases. A module of its own so
// that it is loaded while cargo answers, and not at all where nothing is built.
import type { Settings } from "../config/resolve_settings.ts";
import type { Host } from "../core/host.ts";
import { Once } from "../core/once.ts";
import type { Registries } from "../registry/registry.ts";
import type { Reporter } from "../report/reporter.ts";
import { registrySink } from "../sinks/registry.ts";
import type { Sink } from "../sinks/sink.ts";
import { openedOnce } from "../sources/opened_once.ts";
import type { Source } from "../sources/source.ts";
import type { Store } from "../store/store.ts";
import { type NamedBase, openBase } from "./bases.ts";
import { openRegistries } from "./registries.ts";

/** What of a run reaches beyond this machine. */
export interface Remote {
  /** Gives the registry of a host. */
  readonly registries: Registries;
  /** Pushes; it mounts what it has pushed for another image of this run. */
  readonly registrySink: Sink;
  /**
   * The source of a base; whoever names the same one gets the same.
   *
   * @param keepLayers whether its layers are wanted on this machine.
   */
  base(named: NamedBase, options: { readonly keepLayers: boolean }): Promise<Source>;
}

/** What a {@linkcode Remote} is made of. */
export interface RemoteOptions {
  readonly host: Host;
  readonly settings: Settings;
  readonly report: Reporter;
  /** Keeps what is read of bases. */
  readonly store: () => Promise<Store>;
}

/** Opens it; nothing is asked or sent yet. */
export function openRemote({ host, settings, report, store }: RemoteOptions): Remote {
  const registries = openRegistries(settings, host, report);
  const bases = new Once<Source>();
  return {
    registries,
    registrySink: registrySink({ registries }),
    base: (named, { keepLayers }) =>
      bases.get(JSON.stringify([named, keepLayers]), async () => {
        const options = { registries, store: await store(), keepLayers, report };
        return openedOnce(await openBase(named, settings, options));
      }),
  };
}
