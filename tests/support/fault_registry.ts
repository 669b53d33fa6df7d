// The product's own registry server over memory, with faults armed request by request, and a watch on
// what the client does. With no fault armed it is that server, no more and no less.
import { type Bytes, bytesOf as streamOf, concat } from "../../src/core/streams.ts";
import { parseEndpoint } from "../../src/registry/endpoints.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import {
  type RegistryHandler,
  type ServeOptions,
  serveRegistry,
} from "../../src/registry/server.ts";
import { ClientRules } from "./faults/client_rules.ts";
import { type Fault, type FaultAction, Faults, type RequestKind } from "./faults/fault.ts";
import { type Quirk, type QuirkName, QUIRKS } from "./faults/quirks.ts";
import { type RawAnswer, type RawServer, rawServer } from "./faults/raw_server.ts";

/** Options of {@linkcode faultRegistry}. */
export interface FaultRegistryOptions extends ServeOptions {
  /** What goes wrong; the first fault that fits a request counts. */
  readonly faults?: readonly Fault[];
  /** In what it is as a hosted registry is, by the names of {@linkcode QUIRKS}. */
  readonly quirks?: readonly QuirkName[];
  /** The content; empty if not given. */
  readonly memory?: MemoryRegistry;
}

/** A request that came, and how it was answered. */
export interface Seen {
  readonly method: string;
  readonly kind: RequestKind;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  /** Bytes that it says it sends. */
  readonly size: number;
  /** Status of the answer; 0 where there was none. */
  readonly status: number;
}

/** A registry with faults. */
export interface FaultRegistry {
  /** What it holds; looking at it is no request. */
  readonly memory: MemoryRegistry;
  /** Every request in the order of the answers. */
  readonly seen: readonly Seen[];
  /** What the client did that the spec forbids. */
  readonly violations: readonly string[];
  /** Answers without a socket: what breaks on the wire breaks as `fetch` would tell it. */
  readonly handler: RegistryHandler;
  /** Answers on a socket of 127.0.0.1. */
  listen(): RawServer;
}

/** Requests after which a registry answers no more: what goes round for ever shall not fill memory. */
const REQUEST_LIMIT = 1_000;

/** Makes a registry with faults. */
export function faultRegistry(options: FaultRegistryOptions = {}): FaultRegistry {
  const { memory = new MemoryRegistry("registry.test"), faults = [], quirks = [], ...own } =
    options;
  const traits = quirks.map((name): Quirk => QUIRKS[name]);
  const serving = traits.reduce((all, { serve }): ServeOptions => ({ ...all, ...serve }), own);
  const inner = serveRegistry(memory, serving);
  const armed = new Faults([...faults, ...traits.flatMap((quirk) => quirk.faults ?? [])]);
  const rules = new ClientRules();
  const seen: Seen[] = [];
  const answer = async (request: Request): Promise<RawAnswer> => {
    const { method, headers } = request;
    const url = new URL(request.url);
    const about = {
      method,
      kind: kindOf(method, url),
      path: `${url.pathname}${url.search}`,
      size: Number(headers.get("content-length") ?? 0),
    };
    const document = about.kind === "put-manifest" ? await bytesOf(request) : undefined;
    rules.request({ ...about, headers, ...(document === undefined ? {} : { document }) });
    const handle: Handle = ({ headers: changes = {}, path = about.path, through } = {}) => {
      const sent = document === undefined ? request.body : streamOf(document);
      return inner(
        new Request(new URL(path, request.url), {
          method,
          headers: changed(headers, changes),
          body: sent === null || through === undefined ? sent : through(sent),
        }),
      );
    };
    const action: FaultAction | undefined = seen.length < REQUEST_LIMIT
      ? armed.meet(about)
      : { kind: "answer", status: 418 };
    const given = await applyFault(action, request, handle);
    const status = given.response?.status ?? 0;
    seen.push({ ...about, headers, status });
    rules.answer(about, status);
    return given;
  };
  return {
    memory,
    seen,
    violations: rules.violations,
    handler: async (request) => asFetchTells(await answer(request)),
    listen: () => rawServer(answer),
  };
}

function kindOf(method: string, url: URL): RequestKind {
  if (url.pathname === "/token") return "token";
  try {
    return parseEndpoint(method, url).kind;
  } catch {
    return "elsewhere";
  }
}

async function bytesOf(source: Request | Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.body ?? []) chunks.push(chunk);
  return concat(chunks, chunks.reduce((sum, { length }) => sum + length, 0));
}

/** Reads what the client sends, as most servers do before they refuse. */
async function take(request: Request): Promise<void> {
  if (!request.bodyUsed) await bytesOf(request);
}

async function applyFault(
  action: FaultAction | undefined,
  request: Request,
  handle: Handle,
): Promise<RawAnswer> {
  switch (action?.kind) {
    case undefined:
      return { response: await handle() };
    case "answer": {
      const { status, headers = {}, body, early = false } = action;
      if (!early) await take(request);
      return { response: madeUp(request.method, status, headers, body) };
    }
    case "headers":
      return { response: withHeaders(await handle(), action.headers, action.status) };
    case "asked":
      return { response: await handle({ headers: action.headers }) };
    case "location":
      return { response: relocated(await handle(), action.change) };
    case "path": {
      const { pathname, search } = new URL(request.url);
      return { response: await handle({ path: action.change(`${pathname}${search}`) }) };
    }
    case "status": {
      const { headers } = await handle();
      return { response: new Response(null, { status: action.status, headers }) };
    }
    case "body":
      return { response: await withBody(await handle(), action.change) };
    case "cut":
      return {
        response: await handle(),
        cutAfter: action.after,
        unannounced: !action.announced,
        reset: action.reset === true,
      };
    case "pace":
      return { response: await handle(), pace: action };
    case "sip": {
      const { bytes, step } = action;
      return { response: await handle({ through: (body) => sipped(body, bytes, step) }) };
    }
    case "bite": {
      await bite(request, action.bytes);
      return action.then === "reset" ? {} : { silentUntil: new Promise(() => {}) };
    }
    case "delay":
      await action.until;
      return { response: await handle() };
    case "silence":
      return { silentUntil: new Promise(() => {}) };
    case "close":
      if (action.after === "handling") await (await handle()).body?.cancel();
      return {};
    case "raw":
      return { bytes: action.bytes };
  }
}

function relocated(response: Response, change: (location: string) => string): Response {
  const location = response.headers.get("location");
  return location === null ? response : withHeaders(response, { location: change(location) });
}

async function withBody(
  response: Response,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<Response> {
  const body = change(await bytesOf(response)).slice();
  const headers = changed(response.headers, { "content-length": String(body.length) });
  return new Response(body, { status: response.status, headers });
}

function madeUp(
  method: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Response {
  const json = body !== undefined && typeof body !== "string";
  const text = body === undefined ? null : json ? JSON.stringify(body) : String(body);
  const length = text === null ? 0 : new TextEncoder().encode(text).length;
  const empty = method === "HEAD" || [204, 304].includes(status) || text === null;
  return new Response(empty ? null : text, {
    status,
    headers: {
      ...(json ? { "content-type": "application/json" } : {}),
      ...(status === 204 || method === "HEAD" ? {} : { "content-length": String(length) }),
      ...headers,
    },
  });
}

/** Headers to set; null takes one away. */
type Changes = Readonly<Record<string, string | null>>;

function changed(before: Headers, changes: Changes): Headers {
  const headers = new Headers(before);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return headers;
}

/** How the registry is asked otherwise than the client asks. */
interface Otherwise {
  readonly headers?: Changes;
  readonly path?: string;
  /** Leads what is sent through something. */
  readonly through?: (body: Bytes) => Bytes;
}
/** Has the registry answer. */
type Handle = (otherwise?: Otherwise) => Promise<Response>;

/** The same bytes, `step` being waited for after each piece of so many. */
function sipped(body: Bytes, bytes: number, step: () => Promise<void>): Bytes {
  let since = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      async transform(chunk, controller): Promise<void> {
        controller.enqueue(chunk);
        for (since += chunk.length; since >= bytes; since -= bytes) await step();
      },
    }),
  );
}

/** Reads some of what is sent. */
async function bite(request: Request, bytes: number): Promise<void> {
  const reader = request.body?.getReader();
  for (let got = 0; reader !== undefined && got < bytes;) {
    const { done, value } = await reader.read();
    if (done) return;
    got += value.length;
  }
}

function withHeaders(response: Response, changes: Changes, status = response.status): Response {
  return new Response(response.body, { status, headers: changed(response.headers, changes) });
}

/** What `fetch` makes of an answer: the texts are Deno's own. */
async function asFetchTells(
  { response, cutAfter, unannounced, silentUntil, bytes }: RawAnswer,
): Promise<Response> {
  await silentUntil;
  if (response === undefined || bytes !== undefined) {
    throw new TypeError("fetch failed", {
      cause: new Error("client error (SendRequest): connection closed before message completed"),
    });
  }
  if (cutAfter === undefined) return response;
  const headers = new Headers(response.headers);
  if (unannounced === true) headers.delete("content-length");
  let left = cutAfter;
  const body = response.body?.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller): void {
        if (left > 0) controller.enqueue(chunk.slice(0, left));
        left -= chunk.length;
        if (left > 0) return;
        if (unannounced === true) return controller.terminate();
        throw new TypeError("error reading a body from connection");
      },
    }),
  );
  return new Response(body ?? null, { status: response.status, headers });
}
