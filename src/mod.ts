/**
 * krust as a library: build a container image from a Rust project.
 *
 * @module
 */
export { buildImage, type BuildDependencies, type BuildRequest, type BuildResult } from "./build/build_image.ts";
export { EXIT_STATUS, type ErrorCode, KrustError } from "./core/error.ts";
