// Quirks of registries that come with forges or are run by whoever wants to: GHCR, Quay, GitLab, Harbor,
// Artifactory.
import { answers } from "./fault.ts";
import { challenges, on, type Quirk, refuses, tokensOf } from "./quirk.ts";

const GHCR = tokensOf("https://ghcr.io/token", "me");
const GITLAB = tokensOf("https://gitlab.com/jwt/auth", "me");
const HARBOR = tokensOf("https://harbor.test/service/token", "me");
const ARTIFACTORY = tokensOf(
  "https://team.jfrog.io/artifactory/api/docker/docker-local/v2/token",
  "me",
);
const MIB = 1024 * 1024;

/** Quirks by name. */
export const QUIRKS_OF_FORGES = {
  "ghcr-head-403": {
    service: "GitHub Container Registry",
    does: "403 for a HEAD of what is not there yet; tokens are no JWTs",
    source: "docker/build-push-action#981, radius-project/radius#12623",
    serve: GHCR,
    faults: [on("head-blob", answers(403)), on("head-manifest", answers(403))],
  },
  "ghcr-denied": {
    service: "GitHub Container Registry",
    does: "a token that may not write the package is refused when the upload begins",
    source: "tuna-os/tunaOS#642, docker/build-push-action#463",
    serve: GHCR,
    faults: [on("start-upload", refuses(403, "DENIED", "permission_denied: write_package"))],
  },
  "ghcr-chunk-limit": {
    service: "GitHub Container Registry",
    does: "416 for a chunk of more than 4 MiB",
    source: "ocx-sh/ocx#237, oras-project/rust-oci-client#35",
    serve: GHCR,
    faults: [
      { on: { kind: "finish-upload", sends: true }, does: answers(413) },
      {
        on: { kind: "append-upload", larger: 4 * MIB },
        does: refuses(416, "REQUESTED_RANGE_NOT_SATISFIABLE", "the request body is too large"),
      },
    ],
  },
  "ghcr-no-cancel": {
    service: "GitHub Container Registry",
    does: "405 for an upload's cancellation",
    source: "radius-project/radius#12623",
    serve: GHCR,
    faults: [on("cancel-upload", refuses(405, "UNSUPPORTED", "not supported"))],
  },
  "quay-mount": {
    service: "Quay",
    does: "400 for a mount that does not say where from",
    source: "GoogleContainerTools/jib#703, quay/quay#899",
    faults: [{
      on: { method: "POST", path: /[?&]mount=(?!.*[?&]from=)/ },
      does: refuses(400, "INVALID_REQUEST", "Invalid request"),
    }],
  },
  "quay-upload-invalid": {
    service: "Quay",
    does: "now and then an upload is invalid, and the same again is not",
    source: "GoogleContainerTools/jib#2013",
    faults: [
      on("finish-upload", refuses(400, "BLOB_UPLOAD_INVALID", "blob upload invalid"), { times: 1 }),
    ],
  },
  "quay-bad-gateway": {
    service: "Quay",
    does: "now and then its proxy answers in its place, in HTML",
    source: "konflux-ci/build-definitions#2100",
    faults: [
      on("finish-upload", { kind: "answer", status: 502, body: "<html>Bad Gateway</html>" }, {
        times: 1,
      }),
    ],
  },
  "gitlab-token-server": {
    service: "GitLab",
    does: "the token server is GitLab itself, and of a scope named twice it takes the last",
    source: "GoogleContainerTools/kaniko#181",
    serve: GITLAB,
  },
  "gitlab-mount": {
    service: "GitLab",
    does: "no token for a mount from another project: 401 however often",
    source: "google/go-containerregistry#220",
    serve: GITLAB,
    faults: [on("mount-blob", challenges("https://gitlab.com/jwt/auth", "container_registry"))],
  },
  "gitlab-media-types": {
    service: "GitLab",
    does: "refuses media types that are not on its list; the reason stands in the detail alone",
    source: "grimoire-rs/grimoire#11, ocx-sh/ocx#480",
    serve: GITLAB,
    faults: [
      on(
        "put-manifest",
        refuses(400, "MANIFEST_INVALID", "manifest invalid", "unknown media type: application/x"),
      ),
    ],
  },
  "harbor-mount": {
    service: "Harbor",
    does: "401 for a mount from a project that it does not know",
    source: "goharbor/harbor#17097",
    serve: HARBOR,
    faults: [on("mount-blob", refuses(401, "UNAUTHORIZED", "project base not found"))],
  },
  "harbor-cookies": {
    service: "Harbor",
    does: "gives cookies, and wants a CSRF token of whoever sends them back",
    source: "dotnet/sdk-container-builds#418",
    serve: HARBOR,
    faults: [
      on("head-blob", { kind: "headers", headers: { "set-cookie": "sid=1; Path=/; HttpOnly" } }),
      on("start-upload", { kind: "headers", headers: { "set-cookie": "_gorilla_csrf=1; Path=/" } }),
    ],
  },
  "harbor-quota": {
    service: "Harbor",
    does: "403 where the project is full",
    source: "goharbor/harbor#11508, camunda/keycloak#641",
    serve: HARBOR,
    faults: [
      on(
        "put-manifest",
        refuses(
          403,
          "DENIED",
          "adding 151.7 MiB of storage resource, which when updated to current usage of 100.0 GiB " +
            "will exceed the configured upper limit of 100.0 GiB.",
        ),
      ),
    ],
  },
  "harbor-head-412": {
    service: "Harbor",
    does: "412 for a HEAD of an image that a policy holds back",
    source: "goharbor/harbor#18792",
    serve: HARBOR,
    faults: [on("head-manifest", answers(412))],
  },
  "artifactory-token-server": {
    service: "Artifactory",
    does: "each repository has a token server of its own, below a long path",
    source: "earthly/earthly#1017",
    serve: ARTIFACTORY,
  },
  "artifactory-head-403": {
    service: "Artifactory",
    does: "403 for a HEAD of a manifest that is not there, in virtual repositories",
    source: "google/go-containerregistry#1691",
    serve: ARTIFACTORY,
    faults: [on("head-manifest", answers(403))],
  },
  "artifactory-absent-blob": {
    service: "Artifactory",
    does: "says 200 to a HEAD of a blob that is not there, and then refuses the manifest",
    source: "gardener/cc-utils#1752",
    serve: ARTIFACTORY,
    faults: [
      on(
        "put-manifest",
        refuses(400, "MANIFEST_INVALID", "manifest invalid", {
          description: "Failed to copy blob sha256__4bf5: not found",
        }),
        { times: 1 },
      ),
    ],
  },
  "artifactory-whole-blob": {
    service: "Artifactory",
    does: "404 for a blob that is put whole",
    source: "docker/buildx#196",
    serve: ARTIFACTORY,
    faults: [{
      on: { kind: "finish-upload", sends: true },
      does: refuses(404, "BLOB_UNKNOWN", "blob unknown to registry"),
    }],
  },
  "artifactory-overwrite": {
    service: "Artifactory",
    does: "a manifest that may not replace another is called invalid; why stands in the detail",
    source: "GoogleContainerTools/kaniko#1095",
    serve: ARTIFACTORY,
    faults: [
      on(
        "put-manifest",
        refuses(400, "MANIFEST_INVALID", "manifest invalid", {
          description: "HTTP 403 Forbidden",
        }),
      ),
    ],
  },
} satisfies Readonly<Record<string, Quirk>>;
