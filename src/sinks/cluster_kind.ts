// The clusters on this machine that images can go to, by the registry's part of the images' names.

/** A kind of cluster. */
export interface ClusterKind {
  /** Its program. */
  readonly program: string;
  /** The variable that names a cluster. */
  readonly variable: string;
  /** What loads an archive into the cluster, by its name where one is given. */
  arguments(archive: string, cluster: string | undefined): readonly string[];
}

/** The kinds, by the registry's part of the names of their images. */
export const CLUSTER_KINDS: Readonly<Record<string, ClusterKind>> = {
  "kind.local": {
    program: "kind",
    variable: "KIND_CLUSTER_NAME",
    arguments: (archive, cluster) => [
      ...["load", "image-archive", archive],
      ...(cluster === undefined ? [] : ["--name", cluster]),
    ],
  },
  "k3d.local": {
    program: "k3d",
    variable: "K3D_CLUSTER_NAME",
    arguments: (archive, cluster) => [
      ...["image", "import", archive],
      ...(cluster === undefined ? [] : ["--cluster", cluster]),
    ],
  },
  "minikube.local": {
    program: "minikube",
    variable: "MINIKUBE_PROFILE",
    arguments: (archive, cluster) => [
      ...["image", "load", archive],
      ...(cluster === undefined ? [] : ["--profile", cluster]),
    ],
  },
};

/** Whether a repository on this registry is a cluster's on this machine. */
export function isClusterRegistry(registry: string): boolean {
  return Object.hasOwn(CLUSTER_KINDS, registry);
}
