// The content of a registry in a folder. Bytes are kept once, by digest; a repository holds what it has
// a file for, which is made after the bytes are. Files appear by rename, so servers may share a folder.
import * as v from "valibot";
import { type Digest, digestHex, isDigest } from "../core/digest.ts";
import { fileBody } from "../core/files.ts";
import { decodeJson, encodeJson } from "../core/json.ts";
import type { Body } from "../core/streams.ts";
import type { Descriptor, Manifest } from "../oci/descriptor.ts";
import { isTag } from "../oci/reference.ts";
import type { RegistryContents, StagedBlob, StoredManifest, UploadName } from "./contents.ts";
import {
  absentAsUndefined,
  makeFolder,
  namesIn,
  place,
  publish,
  removeFile,
  sizeOf,
} from "./disk_files.ts";
import { DiskLayout } from "./disk_layout.ts";
import { listRepositories } from "./disk_repositories.ts";
import { DiskUpload } from "./disk_upload.ts";
import { describeReferrer, readManifest, requireContent, subjectOf } from "./manifest_rules.ts";

/** What is kept of a manifest beside its bytes. */
const entrySchema = v.object({
  mediaType: v.string(),
  artifactType: v.exactOptional(v.string()),
});

/** Milliseconds after which what has not gone on arriving is taken for abandoned. */
export const ABANDONED_AGE = 24 * 60 * 60 * 1_000;

/** A registry's content on disk. */
export class DiskContents implements RegistryContents {
  readonly #at: DiskLayout;

  private constructor(layout: DiskLayout) {
    this.#at = layout;
  }

  /**
   * Opens the content in a folder, which is made where there is none. Uploads that nobody went on with
   * for a day are removed.
   *
   * @param directory an absolute path.
   * @param now milliseconds since 1970.
   * @throws the system's error where the folder cannot be made or read.
   */
  static async open(directory: string, now: number): Promise<DiskContents> {
    const layout = new DiskLayout(directory);
    await makeFolder(layout.repositories);
    await makeFolder(layout.arriving);
    await sweep(layout.arriving, now - ABANDONED_AGE);
    return new DiskContents(layout);
  }

  /** See {@linkcode RegistryContents.findBlob}. */
  async findBlob(repository: string, digest: Digest): Promise<Body | undefined> {
    if (await sizeOf(this.#at.blob(repository, digest)) === undefined) return undefined;
    const path = this.#at.content(digest);
    const size = await sizeOf(path);
    return size === undefined ? undefined : fileBody(path, size);
  }

  /** See {@linkcode RegistryContents.stageBlob}. */
  async stageBlob({ repository, id }: UploadName): Promise<StagedBlob> {
    return await DiskUpload.create(this.#at.upload(repository, id), this.#keep);
  }

  /** See {@linkcode RegistryContents.resumeBlob}. */
  async resumeBlob({ repository, id }: UploadName): Promise<StagedBlob | undefined> {
    const path = this.#at.upload(repository, id);
    const size = await sizeOf(path);
    return size === undefined ? undefined : DiskUpload.resume(path, size, this.#keep);
  }

  /** See {@linkcode RegistryContents.mountBlob}. */
  async mountBlob(from: string, repository: string, digest: Digest): Promise<boolean> {
    if (await this.findBlob(from, digest) === undefined) return false;
    await this.#place(this.#at.blob(repository, digest), "");
    return true;
  }

  /** See {@linkcode RegistryContents.deleteBlob}; the bytes stay, for other repositories may have them. */
  async deleteBlob(repository: string, digest: Digest): Promise<boolean> {
    return await removeFile(this.#at.blob(repository, digest));
  }

  /** See {@linkcode RegistryContents.findManifest}. */
  async findManifest(repository: string, at: string): Promise<Manifest | undefined> {
    const digest = isDigest(at) ? at : await this.#tagged(repository, at);
    if (digest === undefined) return undefined;
    const entry = await absentAsUndefined(Deno.readFile(this.#at.manifest(repository, digest)));
    const raw = await absentAsUndefined(Deno.readFile(this.#at.content(digest)));
    if (entry === undefined || raw === undefined) return undefined;
    const about = v.parse(entrySchema, decodeJson(entry, "the entry of a manifest"));
    return { raw, descriptor: { ...about, digest, size: raw.length } };
  }

  /** See {@linkcode RegistryContents.putManifest}. */
  async putManifest(
    repository: string,
    raw: Uint8Array<ArrayBuffer>,
    mediaType: string,
    at: string,
  ): Promise<StoredManifest> {
    const manifest = readManifest(raw, mediaType, at);
    await requireContent(repository, manifest, {
      hasBlob: async (digest) => await this.findBlob(repository, digest) !== undefined,
      hasManifest: async (digest) => await this.findManifest(repository, digest) !== undefined,
    });
    const { descriptor: { digest, size: _, ...entry }, subject } = manifest;
    // The manifest last but for its tag: whatever is told of it must be true once it is seen.
    await this.#place(this.#at.content(digest), raw);
    if (subject !== undefined) {
      await this.#place(`${this.#at.referrers(repository, subject)}/${digestHex(digest)}`, "");
    }
    await this.#place(this.#at.manifest(repository, digest), encodeJson(entry));
    if (!isDigest(at)) await this.#place(this.#at.tag(repository, at), digest);
    return { digest, ...(subject === undefined ? {} : { subject }) };
  }

  /** See {@linkcode RegistryContents.deleteManifest}. */
  async deleteManifest(repository: string, at: string): Promise<boolean> {
    if (!isDigest(at)) return await removeFile(this.#at.tag(repository, at));
    const manifest = await this.findManifest(repository, at);
    if (manifest === undefined) return false;
    for (const tag of await this.listTags(repository) ?? []) {
      if (await this.#tagged(repository, tag) === at) {
        await removeFile(this.#at.tag(repository, tag));
      }
    }
    const removed = await removeFile(this.#at.manifest(repository, at));
    const subject = subjectOf(manifest);
    if (subject !== undefined) {
      await removeFile(`${this.#at.referrers(repository, subject)}/${digestHex(at)}`);
    }
    return removed;
  }

  /** See {@linkcode RegistryContents.listTags}. */
  async listTags(repository: string): Promise<readonly string[] | undefined> {
    const tags = await namesIn(this.#at.tags(repository));
    if (tags !== undefined) return tags.filter(isTag);
    return (await this.listRepositories()).includes(repository) ? [] : undefined;
  }

  /** See {@linkcode RegistryContents.listReferrers}. */
  async listReferrers(repository: string, digest: Digest): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = [];
    for (const name of await namesIn(this.#at.referrers(repository, digest)) ?? []) {
      const referrer = `sha256:${name}`;
      const manifest = isDigest(referrer)
        ? await this.findManifest(repository, referrer)
        : undefined;
      if (manifest !== undefined) found.push(...describedAs(manifest, digest));
    }
    return found;
  }

  /** See {@linkcode RegistryContents.listRepositories}. */
  async listRepositories(): Promise<readonly string[]> {
    return await listRepositories(this.#at.repositories);
  }

  readonly #keep = async (path: string, repository: string, digest: Digest): Promise<void> => {
    await publish(path, this.#at.content(digest));
    await this.#place(this.#at.blob(repository, digest), "");
  };

  #place(path: string, content: Uint8Array | string): Promise<void> {
    return place(this.#at.arriving, path, content);
  }

  async #tagged(repository: string, tag: string): Promise<Digest | undefined> {
    const text = await absentAsUndefined(Deno.readTextFile(this.#at.tag(repository, tag)));
    return text !== undefined && isDigest(text) ? text : undefined;
  }
}

function describedAs(manifest: Manifest, subject: Digest): readonly Descriptor[] {
  const descriptor = describeReferrer(manifest, subject);
  return descriptor === undefined ? [] : [descriptor];
}

/** Removes files last written before `before`, in milliseconds since 1970. */
async function sweep(folder: string, before: number): Promise<void> {
  for (const name of await namesIn(folder) ?? []) {
    const path = `${folder}/${name}`;
    const written = (await absentAsUndefined(Deno.lstat(path)))?.mtime?.getTime();
    if (written !== undefined && written < before) await removeFile(path);
  }
}
