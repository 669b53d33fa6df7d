// What can be made to go wrong between krust and a registry, as data: which requests a fault meets, how
// many of them, and what becomes of each.
import type { EndpointKind } from "../../../src/registry/endpoints.ts";

/** What a request is about: an endpoint of the spec, the token server, or neither. */
export type RequestKind = EndpointKind | "token" | "elsewhere";

/** Which requests a fault is for; all that is given must fit. */
export interface FaultMatch {
  readonly method?: string;
  readonly kind?: RequestKind | readonly RequestKind[];
  /** Something in the path and query. */
  readonly path?: RegExp;
  /** Whether it sends anything. */
  readonly sends?: boolean;
  /** Whether it sends more than so many bytes. */
  readonly larger?: number;
}

/** What becomes of a request. */
export type FaultAction =
  /** The registry does not see it: this is the answer. A body that is no text is sent as JSON. */
  | {
    readonly kind: "answer";
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    /** Whether it comes before what is sent was read; the connection then ends with a reset. */
    readonly early?: boolean;
  }
  /** The registry's own answer with other headers, null takes one away, and perhaps another status. */
  | {
    readonly kind: "headers";
    readonly headers: Readonly<Record<string, string | null>>;
    readonly status?: number;
  }
  /** The registry's own answer to the request with other headers; null takes one away. */
  | { readonly kind: "asked"; readonly headers: Readonly<Record<string, string | null>> }
  /** The registry's own answer with another `Location`. */
  | { readonly kind: "location"; readonly change: (location: string) => string }
  /** The registry's own answer to a request for another path and query. */
  | { readonly kind: "path"; readonly change: (path: string) => string }
  /** The registry's own answer with another status, and no body. */
  | { readonly kind: "status"; readonly status: number }
  /** The registry's own answer with another body, whose length is told as it is. */
  | { readonly kind: "body"; readonly change: (bytes: Uint8Array) => Uint8Array }
  /** The connection ends in the middle of the answer's body; unannounced, nobody can tell. */
  | {
    readonly kind: "cut";
    readonly after: number;
    readonly announced: boolean;
    /** Whether by a reset; only on a real connection. */
    readonly reset?: boolean;
  }
  /** The registry's own answer, in pieces of so many bytes; each waits for `step`. On a connection. */
  | { readonly kind: "pace"; readonly bytes: number; readonly step: () => Promise<void> }
  /** The registry reads what is sent in pieces, and waits for `step` after each of so many bytes. */
  | { readonly kind: "sip"; readonly bytes: number; readonly step: () => Promise<void> }
  /** So many bytes of what is sent are read; then the connection is reset, or stays open and mute. */
  | { readonly kind: "bite"; readonly bytes: number; readonly then: "reset" | "silence" }
  /** The answer comes when this settles. */
  | { readonly kind: "delay"; readonly until: Promise<void> }
  /** No answer ever comes. */
  | { readonly kind: "silence" }
  /** The connection ends without an answer, the registry having seen the request or not. */
  | { readonly kind: "close"; readonly after: "head" | "handling" }
  /** Bytes that need not be HTTP; only on a real connection. */
  | { readonly kind: "raw"; readonly bytes: string };

/** One fault. */
export interface Fault {
  /** Which requests it is for; all of them if not given. */
  readonly on?: FaultMatch;
  /** How many of these pass unharmed first; none if not given. */
  readonly after?: number;
  /** How many it meets then; all if not given. */
  readonly times?: number;
  /** What becomes of them. */
  readonly does: FaultAction;
}

/** A fault of requests of one kind. */
export function on(kind: RequestKind, does: FaultAction, more: Partial<Fault> = {}): Fault {
  return { on: { kind }, does, ...more };
}

/** A request as faults and checks see it. */
export interface SeenRequest {
  readonly method: string;
  readonly kind: RequestKind;
  /** Path and query. */
  readonly path: string;
  /** Bytes that it says it sends. */
  readonly size: number;
}

/** The faults of a registry, counted as they are met. */
export class Faults {
  readonly #armed: { readonly fault: Fault; seen: number }[];

  /** Arms faults; of several that fit a request, the first counts. */
  constructor(faults: readonly Fault[]) {
    this.#armed = faults.map((fault) => ({ fault, seen: 0 }));
  }

  /** What becomes of a request; undefined where nothing is wrong with it. */
  meet(request: SeenRequest): FaultAction | undefined {
    for (const armed of this.#armed) {
      const { on = {}, after = 0, times = Infinity, does } = armed.fault;
      if (!fits(on, request)) continue;
      const nth = armed.seen++;
      if (nth >= after && nth < after + times) return does;
    }
    return undefined;
  }
}

function fits({ method, kind, path, sends, larger }: FaultMatch, request: SeenRequest): boolean {
  const kinds = kind === undefined ? undefined : typeof kind === "string" ? [kind] : kind;
  return (method === undefined || method === request.method) &&
    (kinds === undefined || kinds.includes(request.kind)) &&
    (path === undefined || path.test(request.path)) &&
    (sends === undefined || sends === request.size > 0) &&
    (larger === undefined || request.size > larger);
}

/** An answer in place of the registry's own, with the spec's error body where codes are given. */
export function answers(
  status: number,
  codes: readonly string[] = [],
  headers: Readonly<Record<string, string>> = {},
): Extract<FaultAction, { kind: "answer" }> {
  const errors = codes.map((code) => ({ code, message: `fault ${code.toLowerCase()}` }));
  return { kind: "answer", status, headers, ...(codes.length === 0 ? {} : { body: { errors } }) };
}

/** Turns one bit of the byte in the middle. */
export function flipBit(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const middle = changed.length >> 1;
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}
