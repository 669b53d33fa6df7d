// A proxy in front of a real registry that spoils a share of the requests, as chance has it: connections
// reset, answers cut short, errors of servers, too many requests, tokens that are worth nothing any more.
import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { chance } from "./chance.ts";

/** What may become of a request. */
export const SPOILS = [
  "reset before",
  "reset after",
  "cut short",
  "500",
  "502",
  "503",
  "504",
  "429",
  "401",
] as const;

/** One of {@linkcode SPOILS}: before the registry has seen the request, or after. */
export type Spoil = typeof SPOILS[number];

/** What {@linkcode faultingProxy} works with. */
export interface FaultingProxyOptions {
  /** Host and port of the registry, which must not name itself in what it answers. */
  readonly upstream: string;
  /** Share of the requests that are spoilt, from 0 to 1. */
  readonly share: number;
  /** Chooses which. */
  readonly seed: number;
}

/** A proxy that runs. It wants a token of everybody, and gives one to everybody. */
export interface FaultingProxy extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
  /** Requests so far. */
  readonly requests: number;
  /** How often each thing was done so far. */
  readonly spoilt: ReadonlyMap<Spoil, number>;
}

/** Headers that are the connection's own. */
const HOP = new Set(["host", "connection", "content-length", "transfer-encoding", "authorization"]);

/** Starts a proxy on a port of its own. */
export async function faultingProxy(
  { upstream, share, seed }: FaultingProxyOptions,
): Promise<FaultingProxy> {
  const random = chance(seed);
  const spoilt = new Map<Spoil, number>();
  let requests = 0;
  const choose = (): Spoil | undefined => {
    requests++;
    if (random() >= share) return undefined;
    const spoil = SPOILS[Math.floor(random() * SPOILS.length)];
    if (spoil !== undefined) spoilt.set(spoil, (spoilt.get(spoil) ?? 0) + 1);
    return spoil;
  };
  const server = createServer((request, response) => {
    answer(request, response, upstream, choose()).catch(() => response.socket?.destroy());
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const { port } = addressOf(server.address());
  return {
    host: `127.0.0.1:${port}`,
    get requests(): number {
      return requests;
    },
    spoilt,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return address;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: string,
  spoil: Spoil | undefined,
): Promise<void> {
  if (spoil === "reset before") return reset(response);
  const body = await bodyOf(request);
  const status = Number(spoil);
  if (status > 401) return refuse(response, status);
  const given = request.url?.startsWith("/token") === true
    ? { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ token: newToken() })) }
    : status === 401 || request.headers.authorization?.startsWith("Bearer ") !== true
    ? unauthorized(request)
    : await forward(request, body, upstream);
  if (spoil === "reset after") return reset(response);
  const { status: answered, headers: own, body: whole } = given;
  const headers = { "content-length": String(whole.length), ...own };
  const shown = request.method === "HEAD" ? Buffer.alloc(0) : whole;
  if (spoil === "cut short") return cut(response, answered, headers, shown);
  response.writeHead(answered, headers);
  response.end(shown);
}

function newToken(): string {
  return crypto.randomUUID();
}

interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** What a load balancer says. */
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/html" });
  response.end("<html>not now</html>");
}

function unauthorized({ headers }: IncomingMessage): Answer {
  const challenge = `Bearer realm="http://${headers.host}/token",service="registry"`;
  const body = Buffer.from(JSON.stringify({ errors: [{ code: "UNAUTHORIZED" }] }));
  return {
    status: 401,
    headers: { "www-authenticate": challenge, "content-type": "application/json" },
    body,
  };
}

/** Ends the connection in the middle of the body, or of the head where there is none. */
function cut(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Buffer,
): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = Buffer.from([`HTTP/1.1 ${status} Status`, ...lines, "", ""].join("\r\n"));
  response.socket?.end(
    body.length === 0
      ? head.subarray(0, head.length >> 1)
      : Buffer.concat([head, body.subarray(0, body.length >> 1)]),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function forward(
  request: IncomingMessage,
  body: Buffer,
  upstream: string,
): Promise<Answer> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (!HOP.has(name) && typeof value === "string") headers.set(name, value);
  }
  const { method = "GET" } = request;
  const answered = await fetch(`http://${upstream}${request.url}`, {
    method,
    headers,
    redirect: "manual",
    ...(method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(body) }),
  });
  const raw = Buffer.from(await answered.arrayBuffer());
  const kept = [...answered.headers].filter(([name]) => name !== "connection");
  return { status: answered.status, headers: Object.fromEntries(kept), body: raw };
}
