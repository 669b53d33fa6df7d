// A wire for tests: requests are written down and answered by a function, and no time passes.
import assert from "node:assert/strict";
import { KrustError } from "../../../src/core/error.ts";
import type { Transport } from "../../../src/core/http.ts";
import type { Cancel } from "../../../src/core/streams.ts";
import type { Clock } from "../../../src/registry/clock.ts";
import type { Credential, Keychain } from "../../../src/registry/credential.ts";
import { drain } from "../../support/streams.ts";

/** A request as it was sent. */
export interface Sent {
  readonly method: string;
  readonly url: URL;
  /** Method, path and query; with the host in front where it is not `home`. */
  readonly line: string;
  readonly headers: Headers;
  /** What was sent; undefined where there was nothing to send. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** A transport with its record. */
export interface Wire {
  readonly transport: Transport;
  readonly sent: Sent[];
  /** The lines of all requests. */
  lines(): readonly string[];
}

/** The host that tests take for the registry. */
export const HOME = "registry.test";

/** A wire at whose other end `answer` sits. */
export function wire(answer: (sent: Sent) => Response | Promise<Response>): Wire {
  const sent: Sent[] = [];
  return {
    sent,
    lines: () => sent.map(({ line }) => line),
    async transport(request, options = {}): Promise<Response> {
      options.signal?.throwIfAborted();
      const { method, url, headers } = request;
      const place = url.origin === `https://${HOME}` ? "" : `${url.origin}`;
      const body = request.body === undefined ? undefined : await request.body.open(options);
      const one: Sent = {
        method,
        url,
        line: `${method} ${place}${url.pathname}${url.search}`,
        headers,
        body: body === undefined ? undefined : await drain(body),
      };
      sent.push(one);
      return await answer(one);
    },
  };
}

/** A response without a body. */
export function status(code: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status: code, headers });
}

/** A response with the spec's error body. */
export function refused(code: number, ...codes: readonly string[]): Response {
  const errors = codes.map((name) => ({ code: name, message: name.toLowerCase() }));
  return Response.json({ errors }, { status: code });
}

/** A clock that stands still but for what is waited. */
export interface TestClock extends Clock {
  /** What was waited, in milliseconds. */
  readonly waits: number[];
  /** Lets time pass. */
  pass(milliseconds: number): void;
}

/** A clock that begins at the start of 2026 and whose lots are all 0.5, which makes jitter nothing. */
export function testClock(): TestClock {
  let now = Date.UTC(2026, 0, 1);
  const waits: number[] = [];
  return {
    waits,
    pass(milliseconds): void {
      now += milliseconds;
    },
    now: () => now,
    random: () => 0.5,
    async wait(milliseconds, options: Cancel = {}): Promise<void> {
      options.signal?.throwIfAborted();
      waits.push(milliseconds);
      now += milliseconds;
    },
  };
}

/** A keychain with one credential for everything. */
export function keychain(credential: Credential): Keychain {
  return { resolve: () => Promise.resolve(credential) };
}

/** Alice's password. */
export const ALICE: Extract<Credential, { kind: "basic" }> = {
  kind: "basic",
  username: "alice",
  password: "s3cret:with colon",
  source: "a test",
};

/** What some work fails with, which must be a KrustError. */
export async function failure(work: Promise<unknown>): Promise<KrustError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof KrustError, String(error));
    return error;
  }
  throw new Error("nothing failed");
}
