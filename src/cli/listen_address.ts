// `HOST:PORT` as an address to listen on.
import { KrustError } from "../core/error.ts";
import { printable } from "../core/printable.ts";

/** An address to listen on. */
export interface ListenAddress {
  /** The host as the system wants it. */
  readonly hostname: string;
  /** The host as it stands before a port. */
  readonly text: string;
  /** 0 to have one picked. */
  readonly port: number;
}

/**
 * Reads an address to listen on.
 *
 * @throws {KrustError} `usage`.
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, host = "", port = ""] = /^(\[[0-9A-Fa-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === "" || Number(port) > 65_535) {
    throw new KrustError("usage", `not an address to listen on: "${printable(text)}"`, {
      help: [
        "--addr takes HOST:PORT: 127.0.0.1:5000, [::1]:5000, or 0.0.0.0:5000 for every network",
      ],
    });
  }
  return { hostname: host.replace(/^\[|\]$/g, ""), text: host, port: Number(port) };
}

/** Whether only this machine reaches an address. */
export function isLoopback({ hostname }: ListenAddress): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
