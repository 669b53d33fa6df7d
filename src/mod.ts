/**
 * krust as a library: the one path from a Rust project to an image, with every part to be chosen.
 *
 * Nothing here prints, exits or reads the environment; failures are {@linkcode KrustError}.
 *
 * @module
 */
export type { Asset } from "./assets/asset.ts";
export {
  type BuildDependencies,
  buildImage,
  type BuildRequest,
  type BuildResult,
  type MakeExecutables,
} from "./build/build_image.ts";
export { type Compilation, compileWithCargo } from "./build/compile.ts";
export type { ContainerSettings, ImageContent } from "./build/content.ts";
export type {
  Cargo,
  CargoPlan,
  Described,
  Executable,
  Libc,
  Member,
  PackageFacts,
  Project,
  ProjectOptions,
  Selection,
  Targets,
} from "./cargo/cargo.ts";
export type { Elf } from "./cargo/elf.ts";
export type { Digest } from "./core/digest.ts";
export { type ErrorCode, type ErrorOptions, EXIT_STATUS, KrustError } from "./core/error.ts";
export type { Body, Bytes, Cancel } from "./core/streams.ts";
export type { Compression } from "./image/compression.ts";
export type { Image, Index, Layer, Node } from "./image/image.ts";
export type { Annotations, Blob, Descriptor, Manifest } from "./oci/descriptor.ts";
export type { ContainerConfig, History, ImageConfig } from "./oci/image_config.ts";
export type { MediaType } from "./oci/media_type.ts";
export type { Platform } from "./oci/platform.ts";
export type { Reference, Repository } from "./oci/reference.ts";
export { type Reporter, SILENT, type Step } from "./report/reporter.ts";
export type { DocumentFile } from "./resolve/document_file.ts";
export type { ProjectTarget, Surroundings } from "./resolve/locate.ts";
export {
  type BuildReference,
  type Resolved,
  type ResolveDependencies,
  resolveDocuments,
  type ResolveOptions,
} from "./resolve/resolve.ts";
export { type Labels, parseSelector, type Selector } from "./resolve/selector.ts";
export type { Sink, Target, WriteOptions } from "./sinks/sink.ts";
export type { Base, Source } from "./sources/source.ts";
export type { Store } from "./store/store.ts";
