// Serving the lists that come a page at a time: tags (distribution-spec, "Listing Tags") and
// repositories (distribution's catalog).
import type { RegistryContents } from "./contents.ts";
import { type Endpoint, formatEndpoint } from "./endpoints.ts";
import { refusal } from "./errors.ts";

/** Answers a request for the tags of a repository, a page at a time where one is asked for. */
export async function listTags(
  endpoint: Extract<Endpoint, { kind: "list-tags" }>,
  contents: RegistryContents,
): Promise<Response> {
  const { repository } = endpoint;
  const all = await contents.listTags(repository);
  if (all === undefined) throw refusal(404, "NAME_UNKNOWN", `there is no repository ${repository}`);
  const { entries, headers } = pageOf(all, endpoint);
  return Response.json({ name: repository, tags: entries }, { headers });
}

/** Answers a request for the names of all repositories. */
export async function listRepositories(
  endpoint: Extract<Endpoint, { kind: "list-repositories" }>,
  contents: RegistryContents,
): Promise<Response> {
  const { entries, headers } = pageOf(await contents.listRepositories(), endpoint);
  return Response.json({ repositories: entries }, { headers });
}

/** A page of entries that are in order, and where the next one is. */
function pageOf(
  all: readonly string[],
  endpoint: Extract<Endpoint, { kind: "list-tags" | "list-repositories" }>,
): { readonly entries: readonly string[]; readonly headers: Headers } {
  const { limit = Infinity, last = "" } = endpoint;
  const rest = all.filter((entry) => entry > last);
  const entries = rest.slice(0, limit);
  const end = entries.at(-1);
  const headers = new Headers();
  if (entries.length < rest.length && end !== undefined) {
    const next = formatEndpoint({ ...endpoint, limit, last: end }).path;
    headers.set("link", `<${next}>; rel="next"`);
  }
  return { entries, headers };
}
