// The media types that krust writes (OCI, always) and those that it reads (Docker's too).

/** Media types of the OCI image specification (image-spec media-types.md). */
export const MEDIA_TYPE = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  layerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  layerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  empty: "application/vnd.oci.empty.v1+json",
} as const;

/** Docker's own names for the same things (distribution's manifest-v2-2). */
export const DOCKER_MEDIA_TYPE = {
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  index: "application/vnd.docker.distribution.manifest.list.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  layer: "application/vnd.docker.image.rootfs.diff.tar",
} as const;

/** A media type as it stands in a descriptor; kept as it is where krust does not know it. */
export type MediaType = string;

/** Whether a media type is that of an image manifest. */
export function isManifestType(mediaType: MediaType): boolean {
  return mediaType === MEDIA_TYPE.manifest || mediaType === DOCKER_MEDIA_TYPE.manifest;
}

/** Whether a media type is that of an index. */
export function isIndexType(mediaType: MediaType): boolean {
  return mediaType === MEDIA_TYPE.index || mediaType === DOCKER_MEDIA_TYPE.index;
}

/** What a manifest request accepts, the preferred first (distribution-spec, "Pulling manifests"). */
export const ACCEPTED_MANIFESTS: readonly MediaType[] = [
  MEDIA_TYPE.index,
  MEDIA_TYPE.manifest,
  DOCKER_MEDIA_TYPE.index,
  DOCKER_MEDIA_TYPE.manifest,
];

/** OCI's name for a layer type that Docker names otherwise; the bytes are the same. */
export function ociLayerType(mediaType: MediaType): MediaType {
  if (mediaType === DOCKER_MEDIA_TYPE.layerGzip) return MEDIA_TYPE.layerGzip;
  if (mediaType === DOCKER_MEDIA_TYPE.layer) return MEDIA_TYPE.layer;
  return mediaType;
}
