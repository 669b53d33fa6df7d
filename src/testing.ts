/**
 * What tests of programs built on krust need: a registry in memory, in process or served over HTTP.
 *
 * @module
 */
export type { Digest } from "./core/digest.ts";
export type { Transport, WireRequest } from "./core/http.ts";
export type { Tls } from "./core/tls.ts";
export type { Body, Bytes, Cancel } from "./core/streams.ts";
export type { Annotations, Blob, Descriptor, Manifest } from "./oci/descriptor.ts";
export type { MediaType } from "./oci/media_type.ts";
export type { Platform } from "./oci/platform.ts";
export type { Repository } from "./oci/reference.ts";
export type {
  RegistryContents,
  StagedBlob,
  StoredManifest,
  UploadName,
} from "./registry/contents.ts";
export { transportOf } from "./registry/in_process.ts";
export { MemoryRegistry } from "./registry/memory.ts";
export type {
  BlobOutcome,
  PushBlobOptions,
  Registry,
  RegistryReader,
  RegistryWriter,
} from "./registry/registry.ts";
export { type RegistryHandler, type ServeOptions, serveRegistry } from "./registry/server.ts";
export type { BearerAuth, CheckPassword, ServerAuth, Users } from "./registry/server_auth.ts";
