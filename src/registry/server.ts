// A registry's HTTP side (distribution-spec 1.1) as a function from request to response: it needs no
// socket, so tests call it directly and `registry serve` gives it to a listener.
import type { RegistryContents } from "./contents.ts";
import { type Endpoint, parseEndpoint } from "./endpoints.ts";
import { refusal, RegistryError } from "./errors.ts";
import { type Gate, openGate, type ServerAuth } from "./server_auth.ts";
import { answerBlob } from "./server_blobs.ts";
import { answerManifest, listReferrers } from "./server_manifests.ts";
import { errorResponse } from "./server_message.ts";
import { listRepositories, listTags } from "./server_pages.ts";
import { answerUpload, Uploads } from "./server_uploads.ts";

/** Answers a request; never rejects. */
export type RegistryHandler = (request: Request) => Promise<Response>;

/** Options of {@linkcode serveRegistry}. */
export interface ServeOptions {
  /** Who may do what; everybody everything if not given. */
  readonly auth?: ServerAuth;
  /** Gets what is wrong with the server itself, of which clients are told only that. */
  readonly onFault?: (error: unknown) => void;
}

/** The HTTP side of a registry. */
export function serveRegistry(
  contents: RegistryContents,
  options: ServeOptions = {},
): RegistryHandler {
  const uploads = new Uploads(contents);
  const gate = options.auth === undefined ? undefined : openGate(options.auth);
  return async (request) => {
    try {
      const response = await answer(request, contents, uploads, gate);
      // A HEAD is a GET whose body stays behind (RFC 9110 9.3.2).
      return marked(request.method === "HEAD" ? new Response(null, response) : response);
    } catch (error) {
      if (!(error instanceof RegistryError)) options.onFault?.(error);
      return marked(errorResponse(error, request.method));
    }
  };
}

async function answer(
  request: Request,
  contents: RegistryContents,
  uploads: Uploads,
  gate: Gate | undefined,
): Promise<Response> {
  const url = URL.parse(request.url);
  // A listener makes the address of what the client says in `Host`, which may be anything.
  if (url === null) throw refusal(400, "UNSUPPORTED", "the request's address is malformed");
  // Browsers say which page changes something, clients of registries never do: a page that a developer
  // visits, or that has its name resolve to this machine, must not replace images on it.
  if (request.headers.has("origin") && !["GET", "HEAD"].includes(request.method)) {
    throw refusal(403, "DENIED", "web pages may not change what is kept here");
  }
  if (gate !== undefined && url.pathname === gate.tokenPath) return await gate.token(request, url);
  const endpoint = parseEndpoint(request.method, url);
  const refused = await gate?.refuse(request, url, endpoint);
  if (refused !== undefined) return refused;
  return await route(endpoint, request, contents, uploads);
}

function route(
  endpoint: Endpoint,
  request: Request,
  contents: RegistryContents,
  uploads: Uploads,
): Promise<Response> {
  switch (endpoint.kind) {
    case "ping":
      return Promise.resolve(Response.json({}));
    case "list-repositories":
      return listRepositories(endpoint, contents);
    case "get-blob":
    case "head-blob":
    case "delete-blob":
      return answerBlob(endpoint, request, contents);
    case "start-upload":
    case "mount-blob":
    case "get-upload":
    case "append-upload":
    case "cancel-upload":
    case "finish-upload":
      return answerUpload(endpoint, request, contents, uploads);
    case "get-manifest":
    case "head-manifest":
    case "put-manifest":
    case "delete-manifest":
      return answerManifest(endpoint, request, contents);
    case "list-tags":
      return listTags(endpoint, contents);
    case "list-referrers":
      return listReferrers(endpoint, contents);
  }
}

/** Says on every answer which protocol this is, as distribution does: old clients look for it. */
function marked(response: Response): Response {
  response.headers.set("docker-distribution-api-version", "registry/2.0");
  return response;
}
