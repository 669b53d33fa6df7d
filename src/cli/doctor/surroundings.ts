// What a build runs in: krust itself, its runtime, and the proxies that the environment names.
import { KrustError } from "../../core/error.ts";
import { formatProxy, readProxySettings } from "../../core/proxy.ts";
import type { Examination } from "./examination.ts";
import { type Finding, reasonOf } from "./finding.ts";
import { printable } from "../../core/printable.ts";

/** Which krust this is. */
export function checkKrust(
  version: string,
  { host: { os, architecture }, settings }: Pick<Examination, "host" | "settings">,
): Finding {
  const what = `krust ${version} with Deno ${Deno.version.deno} on ${os}/${architecture}`;
  const { configPath } = settings;
  const why = configPath === undefined ? "no config.toml" : `configured by ${configPath}`;
  return { check: "krust", status: "ok", what, why };
}

/** Which proxies requests go by, without their passwords. */
export function checkProxy({ host }: Pick<Examination, "host">): Finding {
  const check = "proxy";
  try {
    const { http, https, straight } = readProxySettings((name) => host.env(name));
    const proxies = [
      ...(https === undefined ? [] : [`https by ${formatProxy(https)}`]),
      ...(http === undefined ? [] : [`http by ${formatProxy(http)}`]),
    ];
    if (proxies.length === 0) return { check, status: "ok", what: "none" };
    const why = straight.length === 0
      ? "no exceptions (NO_PROXY)"
      : `straight to ${printable(straight.join(", "), 300)}`;
    return { check, status: "ok", what: proxies.join(", "), why };
  } catch (error) {
    if (!(error instanceof KrustError)) throw error;
    const variable = /^\w+/.exec(error.message)?.[0] ?? "HTTPS_PROXY";
    const [what, why] = [error.message, reasonOf(error)];
    return { check, status: "failure", what, why, command: `unset ${variable}` };
  }
}
