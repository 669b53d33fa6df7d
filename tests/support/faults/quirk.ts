// A way in which a registry that everybody uses differs from the specification, or from what a client
// would expect of it: words, where it is told of, and what the fault registry does to be like it.
import type { ServeOptions } from "../../../src/registry/server.ts";
import { answers, type Fault, type FaultAction, type RequestKind } from "./fault.ts";

/** One quirk of one service. */
export interface Quirk {
  readonly service: string;
  /** What it does. */
  readonly does: string;
  /** The thread in which it was found out, as `owner/repository#number`, or a page. */
  readonly source: string;
  readonly faults?: readonly Fault[];
  readonly serve?: ServeOptions;
}

/** A fault for a kind of request. */
export function on(kind: RequestKind, does: FaultAction, more: Partial<Fault> = {}): Fault {
  return { on: { kind }, does, ...more };
}

/** A refusal with one error of the spec's form. */
export function refuses(
  status: number,
  code: string,
  message: string,
  detail?: unknown,
): FaultAction {
  const error = { code, message, ...(detail === undefined ? {} : { detail }) };
  return { kind: "answer", status, body: { errors: [error] } };
}

/** A 401 that asks for a token. */
export function challenges(realm: string, service: string, scope?: string): FaultAction {
  const asked = scope === undefined ? "" : `,scope="${scope}"`;
  return answers(401, ["UNAUTHORIZED"], {
    "www-authenticate": `Bearer realm="${realm}",service="${service}"${asked}`,
  });
}

/** The password of every login below. */
export const PASSWORD = "canary-91ac";

/** A registry with a token server at `realm`, where `user` may do everything. */
export function tokensOf(realm: string, user: string, anonymousPull = false): ServeOptions {
  return { auth: { bearer: { realm, users: { [user]: PASSWORD }, anonymousPull } } };
}
