// Serving manifests and referrers.
import { formatDescriptor, MANIFEST_LIMIT } from "../oci/manifest.ts";
import { collect } from "../core/streams.ts";
import { KrustError } from "../core/error.ts";
import { MEDIA_TYPE } from "../oci/media_type.ts";
import type { RegistryContents } from "./contents.ts";
import { type Endpoint, formatEndpoint } from "./endpoints.ts";
import { refusal } from "./errors.ts";
import { requestBytes } from "./server_message.ts";

/** The endpoints of a manifest. */
export type ManifestEndpoint = Extract<
  Endpoint,
  { kind: "get-manifest" | "head-manifest" | "put-manifest" | "delete-manifest" }
>;

/** Answers a request for or about a manifest. */
export async function answerManifest(
  endpoint: ManifestEndpoint,
  request: Request,
  contents: RegistryContents,
): Promise<Response> {
  const { kind, repository, at } = endpoint;
  if (kind === "put-manifest") return await putManifest(endpoint, request, contents);
  const unknown = (): Error =>
    refusal(404, "MANIFEST_UNKNOWN", `${repository} has no manifest ${at}`);
  if (kind === "delete-manifest") {
    if (!await contents.deleteManifest(repository, at)) throw unknown();
    return new Response(null, { status: 202 });
  }
  const manifest = await contents.findManifest(repository, at);
  if (manifest === undefined) throw unknown();
  const { mediaType, digest, size } = manifest.descriptor;
  return new Response(manifest.raw, {
    headers: {
      "content-type": mediaType,
      "content-length": String(size),
      "docker-content-digest": digest,
    },
  });
}

async function putManifest(
  { repository, at }: ManifestEndpoint,
  request: Request,
  contents: RegistryContents,
): Promise<Response> {
  const mediaType = request.headers.get("content-type")?.split(";")[0]?.trim() ?? "";
  const raw = await readManifest(request);
  const { digest, subject } = await contents.putManifest(repository, raw, mediaType, at);
  return new Response(null, {
    status: 201,
    headers: {
      "location": formatEndpoint({ kind: "get-manifest", repository, at: digest }).path,
      "content-length": "0",
      "docker-content-digest": digest,
      ...(subject === undefined ? {} : { "oci-subject": subject }),
    },
  });
}

async function readManifest(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await collect(requestBytes(request), MANIFEST_LIMIT, "the manifest");
  } catch (error) {
    if (!(error instanceof KrustError)) throw error;
    throw refusal(413, "SIZE_INVALID", error.message);
  }
}

/** Answers a request for the manifests that refer to another (distribution-spec, "Listing Referrers"). */
export async function listReferrers(
  endpoint: Extract<Endpoint, { kind: "list-referrers" }>,
  contents: RegistryContents,
): Promise<Response> {
  const { repository, digest, artifactType } = endpoint;
  const all = await contents.listReferrers(repository, digest);
  const manifests = artifactType === undefined
    ? all
    : all.filter((descriptor) => descriptor.artifactType === artifactType);
  const headers = new Headers({ "content-type": MEDIA_TYPE.index });
  if (artifactType !== undefined) headers.set("oci-filters-applied", "artifactType");
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.index,
    manifests: manifests.map(formatDescriptor),
  };
  return Response.json(index, { headers });
}
