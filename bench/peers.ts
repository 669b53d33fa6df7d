// Other people's tools on the same work: a static executable on disk to a pushed image. Each is a shell
// script, so that what is measured is what one would type.

/** What a script finds in its environment. */
export interface Work {
  /** `BINARY`: the executable. */
  readonly binary: string;
  /** `BASE`: a reference of the base image in the registry. */
  readonly base: string;
  /** `LAYOUT`: the base image as an OCI layout, its tag `base`. */
  readonly layout: string;
  /** `HOST`, `REPOSITORY`: where the image goes. */
  readonly host: string;
  readonly repository: string;
  /** `SCRATCH`: an empty folder of this run's. */
  readonly scratch: string;
}

/** A tool with what it needs and does. */
export interface Peer {
  readonly name: string;
  /** Programs that must be on PATH. */
  readonly needs: readonly string[];
  /** For bash, with `-e` and `pipefail`. */
  readonly script: string;
}

/** Puts the executable where it is in the image. */
const STAGE = `mkdir -p "$SCRATCH/app"; cp "$BINARY" "$SCRATCH/app/server"`;
const TAR = `tar -C "$SCRATCH" --sort=name --owner=0 --group=0 --mtime=@0 -cf - app`;

/** The physical limit as far as a pipe of the fastest parts can show it (performance.md). */
export const FLOOR_SCRIPT = `
location=$(curl -sf -o /dev/null -D - -X POST "http://$HOST/v2/$REPOSITORY/blobs/uploads/" |
  tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
mkdir "$SCRATCH/app"; ln "$BINARY" "$SCRATCH/app/server"
${TAR} | tee >(sha256sum >"$SCRATCH/diffid") | igzip -1 -c |
  tee >(sha256sum >"$SCRATCH/digest") |
  curl -sf -o /dev/null -D "$SCRATCH/answer" -X PATCH -H 'Content-Type: application/octet-stream' -T - "$location"
while [ ! -s "$SCRATCH/digest" ]; do :; done
location=$(tr -d '\\r' <"$SCRATCH/answer" | sed -n 's/^[Ll]ocation: //p')
curl -sf -o /dev/null -X PUT "$location&digest=sha256:$(cut -c1-64 "$SCRATCH/digest")"
`;

/** The tools. */
export const PEERS: readonly Peer[] = [
  {
    name: "crane append (stream)",
    needs: ["crane"],
    script: `
mkdir "$SCRATCH/app"; ln "$BINARY" "$SCRATCH/app/server"
${TAR} | crane append --insecure -b "$BASE" -f - -t "$HOST/$REPOSITORY:latest"
crane mutate --insecure "$HOST/$REPOSITORY:latest" --entrypoint /app/server -t "$HOST/$REPOSITORY:latest"
`,
  },
  {
    name: "umoci + skopeo",
    needs: ["umoci", "skopeo"],
    script: `
cp -r "$LAYOUT" "$SCRATCH/oci"
umoci insert --image "$SCRATCH/oci:base" --uid-map 0:0:1 --gid-map 0:0:1 "$BINARY" /app/server
umoci config --image "$SCRATCH/oci:base" --config.entrypoint /app/server
skopeo copy -q --dest-tls-verify=false "oci:$SCRATCH/oci:base" "docker://$HOST/$REPOSITORY:latest"
`,
  },
  {
    name: "buildah",
    needs: ["buildah"],
    script: `
store=(--root "$PEER_STATE/buildah" --runroot "$PEER_STATE/buildah-run" --storage-driver vfs)
container=$(buildah "\${store[@]}" from -q --pull-never=false --tls-verify=false "$BASE")
buildah "\${store[@]}" copy -q "$container" "$BINARY" /app/server
buildah "\${store[@]}" config --entrypoint '["/app/server"]' "$container"
image=$(buildah "\${store[@]}" commit -q --rm "$container")
buildah "\${store[@]}" push -q --tls-verify=false "$image" "docker://$HOST/$REPOSITORY:latest"
`,
  },
  {
    name: "docker build + push",
    needs: ["docker", "dockerd"],
    script: `
${STAGE}
printf 'FROM %s\\nCOPY app/server /app/server\\nENTRYPOINT ["/app/server"]\\n' "$BASE" >"$SCRATCH/Dockerfile"
touch -d @0 "$SCRATCH/app/server"
docker build -q -t "$HOST/$REPOSITORY:latest" "$SCRATCH"
docker push -q "$HOST/$REPOSITORY:latest"
`,
  },
  {
    name: "ko (stand-in for go)",
    needs: ["ko", "go"],
    script: `
cd "$PEER_STATE/main"
KO_DOCKER_REPO="$HOST/$REPOSITORY" KO_DEFAULTBASEIMAGE="$BASE" KO_GO_PATH="$PEER_STATE/go" \\
  ko build --bare --sbom=none --platform=linux/amd64 --insecure-registry .
`,
  },
];

/** What `go` is for ko: the real one for questions, a copy of the executable for a build. */
export const KO_GO = `#!/bin/bash
if [ "$1" != build ]; then exec go "$@"; fi
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then exec cp "$BINARY" "$2"; fi
  shift
done
`;
