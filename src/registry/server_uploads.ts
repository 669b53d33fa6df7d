// Serving uploads (distribution-spec, "Pushing blobs"): at once, in two steps, in chunks, or by mounting.
import type { RegistryContents, StagedBlob, UploadName } from "./contents.ts";
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
export interface Upload extends UploadName {
  /** What has come of it. */
  readonly staged: StagedBlob;
}

/** The uploads under way. */
export class Uploads {
  readonly #contents: RegistryContents;
  readonly #uploads = new Map<string, Upload>();
  /** The end of the last request that writes to an upload. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** The uploads into some content. */
  constructor(contents: RegistryContents) {
    this.#contents = contents;
  }

  /** Opens an upload into a repository. */
  async start(repository: string): Promise<Upload> {
    const name = { id: crypto.randomUUID(), repository };
    const upload = { ...name, staged: await this.#contents.stageBlob(name) };
    this.#uploads.set(upload.id, upload);
    return upload;
  }

  /** An upload of a repository. */
  async find(repository: string, id: string): Promise<Upload> {
    const upload = this.#uploads.get(id) ?? await this.#resume({ repository, id });
    if (upload?.repository === repository) return upload;
    throw refusal(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
  }

  /** Writes to an upload when the requests before have: a client that tries again may be early. */
  async write<T>(repository: string, id: string, work: (upload: Upload) => Promise<T>): Promise<T> {
    const before = this.#turns.get(id) ?? Promise.resolve();
    const turn = before.then(async () => await work(await this.find(repository, id)));
    const settled = turn.catch(() => {});
    this.#turns.set(id, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === settled) this.#turns.delete(id);
    }
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

  async #resume(name: UploadName): Promise<Upload | undefined> {
    const staged = await this.#contents.resumeBlob?.(name);
    if (staged === undefined) return undefined;
    // Another request may have been quicker; two writers of one file must not be.
    const upload = this.#uploads.get(name.id) ?? { ...name, staged };
    this.#uploads.set(name.id, upload);
    return upload;
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
      return accepted(await uploads.start(repository));
    case "start-upload": {
      const upload = await uploads.start(repository);
      if (endpoint.digest === undefined) return accepted(upload);
      try {
        return await finish(upload, endpoint.digest, request, uploads);
      } catch (error) {
        // Nobody was told its address: what came of it cannot be resumed.
        await uploads.cancel(upload);
        throw error;
      }
    }
    case "get-upload":
      return accepted(await uploads.find(repository, endpoint.id), 204);
    case "cancel-upload":
      await uploads.write(repository, endpoint.id, (upload) => uploads.cancel(upload));
      return new Response(null, { status: 204 });
    case "append-upload":
      return await uploads.write(repository, endpoint.id, async (upload) => {
        if (isOutOfOrder(request, upload)) return accepted(upload, 416);
        await upload.staged.append(requestBytes(request));
        return accepted(upload);
      });
    case "finish-upload":
      return await uploads.write(repository, endpoint.id, async (upload) => {
        if (isOutOfOrder(request, upload)) return accepted(upload, 416);
        return await finish(upload, endpoint.digest, request, uploads);
      });
  }
}

/** Takes the rest of a blob and makes it one. */
async function finish(
  upload: Upload,
  digest: Digest,
  request: Request,
  uploads: Uploads,
): Promise<Response> {
  await upload.staged.append(requestBytes(request));
  await uploads.finish(upload, digest);
  return created(upload.repository, digest);
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
