// Serving uploads (distribution-spec, "Pushing blobs"): at once, in two steps, in chunks, or by mounting.
import type { RegistryContents, StagedBlob } from "./contents.ts";
import type { Digest } from "../core/digest.ts";
import { type Endpoint, formatEndpoint } from "./endpoints.ts";
import { refusal } from "./errors.ts";
import { requestBytes } from "./server_message.ts";

/** The endpoints of an upload. */
export type UploadEndpoint = Extract<
  Endpoint,
  {
    kind:
      | "start-upload"
      | "mount-blob"
      | "get-upload"
      | "append-upload"
      | "cancel-upload"
      | "finish-upload";
  }
>;

/** One upload. */
export interface Upload {
  /** Names it in its address. */
  readonly id: string;
  /** Where the blob goes. */
  readonly repository: string;
  /** What has come of it. */
  readonly staged: StagedBlob;
}

/** The uploads under way. */
export class Uploads {
  readonly #uploads = new Map<string, Upload>();

  /** Opens an upload into a repository. */
  async start(repository: string, contents: RegistryContents): Promise<Upload> {
    const upload = {
      id: crypto.randomUUID(),
      repository,
      staged: await contents.stageBlob(),
    };
    this.#uploads.set(upload.id, upload);
    return upload;
  }

  /** An upload of a repository. */
  find(repository: string, id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload?.repository === repository) return upload;
    throw refusal(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
  }

  /** Ends an upload by making it a blob; one that fails is gone too. */
  async finish({ id, repository, staged }: Upload, digest: Digest): Promise<void> {
    this.#uploads.delete(id);
    await staged.commit(repository, digest);
  }

  /** Ends an upload by forgetting it. */
  async cancel({ id, staged }: Upload): Promise<void> {
    this.#uploads.delete(id);
    await staged.discard();
  }
}

/** Answers a request about an upload. */
export async function answerUpload(
  endpoint: UploadEndpoint,
  request: Request,
  contents: RegistryContents,
  uploads: Uploads,
): Promise<Response> {
  const { repository } = endpoint;
  switch (endpoint.kind) {
    case "mount-blob":
      if (await contents.mountBlob(endpoint.from, repository, endpoint.digest)) {
        return created(repository, endpoint.digest);
      }
      return accepted(await uploads.start(repository, contents));
    case "start-upload": {
      const upload = await uploads.start(repository, contents);
      if (endpoint.digest === undefined) return accepted(upload);
      await upload.staged.append(requestBytes(request));
      await uploads.finish(upload, endpoint.digest);
      return created(repository, endpoint.digest);
    }
    case "get-upload":
      return accepted(uploads.find(repository, endpoint.id), 204);
    case "cancel-upload":
      await uploads.cancel(uploads.find(repository, endpoint.id));
      return new Response(null, { status: 204 });
    case "append-upload": {
      const upload = uploads.find(repository, endpoint.id);
      if (isOutOfOrder(request, upload)) return accepted(upload, 416);
      await upload.staged.append(requestBytes(request));
      return accepted(upload);
    }
    case "finish-upload": {
      const upload = uploads.find(repository, endpoint.id);
      if (isOutOfOrder(request, upload)) return accepted(upload, 416);
      await upload.staged.append(requestBytes(request));
      await uploads.finish(upload, endpoint.digest);
      return created(repository, endpoint.digest);
    }
  }
}

/** Whether a chunk says that it begins elsewhere than where the last one ended. */
function isOutOfOrder(request: Request, upload: Upload): boolean {
  const range = request.headers.get("content-range");
  if (range === null) return false;
  const [, start] = /^(?:bytes )?(\d+)-\d+(?:\/.*)?$/.exec(range) ?? [];
  return start === undefined || Number(start) !== upload.staged.size;
}

function created(repository: string, digest: Digest): Response {
  const location = formatEndpoint({ kind: "get-blob", repository, digest }).path;
  return new Response(null, {
    status: 201,
    headers: { location, "content-length": "0", "docker-content-digest": digest },
  });
}

/** Where an upload stands; `Range` ends at the last byte, and is `0-0` for none too (distribution's way). */
function accepted({ id, repository, staged }: Upload, status = 202): Response {
  return new Response(null, {
    status,
    headers: {
      "location": formatEndpoint({ kind: "get-upload", repository, id }).path,
      "range": `0-${Math.max(0, staged.size - 1)}`,
      "docker-upload-uuid": id,
      ...(status === 204 ? {} : { "content-length": "0" }),
    },
  });
}
