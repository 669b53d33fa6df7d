// What the parts of the server share of HTTP: the spec's error body, and the body of a request.
import type { Bytes } from "../core/streams.ts";
import { RegistryError } from "./errors.ts";

/** What went wrong as the spec's error body. */
export function errorResponse(error: unknown, method: string): Response {
  const known = error instanceof RegistryError && error.status !== undefined;
  const status = known ? error.status ?? 500 : 500;
  const errors = known
    ? error.errors
    // What a caller has no part in (a broken body, a full disk) is told in general terms only.
    : [{ code: "UNKNOWN", message: "the request could not be completed" }];
  if (method === "HEAD") return new Response(null, { status });
  return Response.json({ errors }, { status });
}

/** The body of a request, empty where it has none. */
export function requestBytes(request: Request): Bytes {
  return request.body ?? new Blob([]).stream();
}
