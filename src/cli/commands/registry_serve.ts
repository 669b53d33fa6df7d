// `krust registry serve`: an OCI registry on this machine until it is asked to end, which is no failure.
import { resolve } from "node:path";
import { dataDirectory } from "../../config/xdg.ts";
import { KrustError } from "../../core/error.ts";
import type { Host } from "../../core/host.ts";
import type { Listening } from "../../core/listen.ts";
import { printable } from "../../core/printable.ts";
import { DiskContents } from "../../registry/disk_contents.ts";
import { readHtpasswd } from "../../registry/htpasswd.ts";
import { type RegistryHandler, serveRegistry } from "../../registry/server.ts";
import type { CheckPassword } from "../../registry/server_auth.ts";
import type { Reporter } from "../../report/reporter.ts";
import { isLoopback, type ListenAddress, parseListenAddress } from "../listen_address.ts";
import { writeResult } from "../output.ts";
import type { Context } from "../program.ts";
import type { ServeArguments } from "../registry_commands.ts";
import { openReporter } from "../reporting.ts";

/**
 * Serves a registry; its address is printed once it listens.
 *
 * @returns 0 when the process was asked to end.
 * @throws {KrustError} `usage`, `config-invalid` for the htpasswd file, `sink-failed` for the folder,
 * `network-failed` where it cannot listen.
 */
export async function serveRegistryOnDisk(
  given: ServeArguments,
  { host, signal }: Context,
): Promise<number> {
  const address = parseListenAddress(given.addr);
  const directory = chooseDirectory(given.dir, host);
  const check = given.htpasswd === undefined ? undefined : await readUsers(given.htpasswd, host);
  const { verbose } = given;
  using report = openReporter({ progress: "plain", quiet: false, verbose }, host);
  const handler = serveRegistry(await openContents(directory, host), {
    ...(check === undefined ? {} : { auth: { basic: check } }),
    onFault: (error) => report.warn(`a request failed: ${reasonOf(error)}`),
  });
  warnOfStrangers(address, check, report);
  signal.throwIfAborted();
  const server = listen(logged(handler, report), address, host);
  try {
    report.debug(`serving what is in ${printable(directory, 1_000)}`);
    await writeResult(host, `${address.text}:${server.port}\n`, { signal });
    await aborted(signal);
  } finally {
    await server.close();
  }
  return 0;
}

function chooseDirectory(given: string | undefined, host: Host): string {
  if (given !== undefined) return resolve(host.cwd, given);
  const data = dataDirectory((name) => host.env(name));
  if (data !== undefined) return resolve(data, "registry");
  throw new KrustError("usage", "there is no home directory to keep the registry's content in", {
    help: ["say where it is to be: --dir DIR"],
  });
}

async function readUsers(path: string, host: Host): Promise<CheckPassword> {
  const text = await Deno.readTextFile(resolve(host.cwd, path)).catch((error) => {
    throw new KrustError("config-invalid", `cannot read "${printable(path, 1_000)}"`, {
      cause: error,
    });
  });
  return readHtpasswd(text, path);
}

async function openContents(directory: string, host: Host): Promise<DiskContents> {
  try {
    return await DiskContents.open(directory, host.now().getTime());
  } catch (error) {
    const path = printable(directory, 1_000);
    throw new KrustError("sink-failed", `cannot keep a registry's content in "${path}"`, {
      cause: error,
      help: ["choose a folder that you may write to: --dir DIR"],
    });
  }
}

function warnOfStrangers(
  address: ListenAddress,
  check: CheckPassword | undefined,
  report: Reporter,
): void {
  if (isLoopback(address)) return;
  report.warn(
    check === undefined
      ? `anybody who reaches ${address.text} can read, replace and delete all images: name users with --htpasswd`
      : `passwords come over plain HTTP to ${address.text}: put a proxy with TLS before it`,
  );
}

function listen(handler: RegistryHandler, address: ListenAddress, host: Host): Listening {
  try {
    return host.listen(handler, address);
  } catch (error) {
    const used = error instanceof Deno.errors.AddrInUse;
    throw new KrustError("network-failed", `cannot listen on ${address.text}:${address.port}`, {
      cause: error,
      help: used
        ? [
          "another program does: end it, or choose another port; one that is free: --addr 127.0.0.1:0",
        ]
        : ["choose an address of this machine and a port above 1023: --addr 127.0.0.1:5000"],
    });
  }
}

/** Tells of each request once it is answered. */
function logged(handler: RegistryHandler, report: Reporter): RegistryHandler {
  return async (request) => {
    const begun = performance.now();
    const response = await handler(request);
    const url = URL.parse(request.url);
    const address = url === null ? request.url : `${url.pathname}${url.search}`;
    const took = Math.round(performance.now() - begun);
    const line = `${request.method} ${address} ${response.status} ${took} ms`;
    report.debug(printable(line, 1_000));
    return response;
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function reasonOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), 1_000);
}
