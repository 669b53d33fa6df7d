// Quirks of registries that clouds run: Docker Hub, Amazon ECR, Google's two, Azure.
import { answers } from "./fault.ts";
import { challenges, on, PASSWORD, refuses, tokensOf } from "./quirk.ts";
import type { Quirk } from "./quirk.ts";

const HUB = tokensOf("https://auth.docker.io/token", "me", true);
const ECR_USER = { auth: { basic: { AWS: PASSWORD } } };

/** Quirks by name. */
export const QUIRKS_OF_CLOUDS = {
  "hub-names": {
    service: "Docker Hub",
    does:
      "images without a host are its own, those without a slash in library/; its registry has " +
      "another name, and its token server a third",
    source: "docs.docker.com: Docker Registry API authentication",
    serve: HUB,
  },
  "hub-mount-scope": {
    service: "Docker Hub",
    does: "a mount wants a token that may pull from the source, public or not",
    source: "oras-project/rust-oci-client#235",
    serve: HUB,
  },
  "hub-retry-after": {
    service: "Docker Hub",
    does: "429 whose Retry-After is a moment, not a number of seconds",
    source: "docker/hub-feedback#2459",
    serve: HUB,
    faults: [
      on("get-manifest", answers(429, ["TOOMANYREQUESTS"], { "retry-after": "1746136938" }), {
        times: 1,
      }),
    ],
  },
  "hub-abuse-limit": {
    service: "Docker Hub",
    does: "429 in plain text, for hours",
    source: "docker/hub-feedback#2023",
    serve: HUB,
    faults: [
      on("get-manifest", { kind: "answer", status: 429, body: "Too Many Requests (HAP429).\n" }),
    ],
  },
  "ecr-basic": {
    service: "Amazon ECR",
    does: "wants a password each time; the user is always AWS",
    source: "docs.aws.amazon.com: Private registry authentication in Amazon ECR",
    serve: ECR_USER,
  },
  "ecr-public-scope": {
    service: "Amazon ECR Public",
    does: 'the challenge wants the scope "aws" beside the repository\'s',
    source: "helm/helm#12491",
    serve: tokensOf("https://public.ecr.aws/token/", "AWS"),
    faults: [{
      on: { path: /^\/v2\// },
      times: 1,
      does: challenges("https://public.ecr.aws/token/", "public.ecr.aws", "aws"),
    }],
  },
  "ecr-no-repository": {
    service: "Amazon ECR",
    does: "repositories are not made by pushing to them",
    source: "regclient/regclient#869, plexsystems/sinker#55",
    serve: ECR_USER,
    faults: [
      on(
        "start-upload",
        refuses(
          404,
          "NAME_UNKNOWN",
          "The repository with name 'team/app' does not exist in the registry with id '123456789012'",
        ),
      ),
    ],
  },
  "ecr-hangs-up": {
    service: "Amazon ECR",
    does: "an upload to a repository that is not there ends the connection without an answer",
    source: "aws/containers-roadmap#1970",
    serve: ECR_USER,
    faults: [on("start-upload", { kind: "close", after: "head" })],
  },
  "ecr-chunk-range": {
    service: "Amazon ECR",
    does: "chunks are answered 201, with a Range that stays at the first of them",
    source: "aws/containers-roadmap#2831, openai/tart#273",
    serve: ECR_USER,
    faults: [
      { on: { kind: "finish-upload", sends: true }, does: answers(413) },
      on("append-upload", { kind: "headers", status: 201, headers: { range: "0-4194303" } }),
    ],
  },
  "ecr-immutable-tags": {
    service: "Amazon ECR",
    does: "a tag that may not be moved is refused, even with what it stands for already",
    source: "docker/buildx#663",
    serve: ECR_USER,
    faults: [{
      on: { kind: "put-manifest", path: /\/manifests\/v1$/ },
      does: refuses(
        400,
        "TAG_INVALID",
        "The image tag 'v1' already exists in the 'team/app' repository and cannot be overwritten " +
          "because the tag is immutable.",
      ),
    }],
  },
  "ecr-mount": {
    service: "Amazon ECR",
    does: "mounts only blobs that a manifest names: else 202 and an upload",
    source: "aws/containers-roadmap#2860",
    serve: ECR_USER,
    faults: [on("mount-blob", { kind: "path", change: (path) => path.replace(/\?.*/, "") })],
  },
  "ecr-rate": {
    service: "Amazon ECR",
    does: "ten manifests a second, then 429 without Retry-After",
    source: "containerd/containerd#10447",
    serve: ECR_USER,
    faults: [on("put-manifest", answers(429, ["TOOMANYREQUESTS"]), { times: 2 })],
  },
  "gar-no-chunks": {
    service: "Google Artifact Registry",
    does: "takes blobs whole only",
    source: "dotnet/sdk-container-builds#287, podman-container-tools/skopeo#1101",
    faults: [on("append-upload", refuses(400, "UNSUPPORTED", "chunked upload is not supported"))],
  },
  "gar-denied": {
    service: "Google Artifact Registry",
    does: "refuses at the token server, and does not say whether the repository exists",
    source: "google/ax#140",
    serve: tokensOf("https://europe-docker.pkg.dev/v2/token", "oauth2accesstoken"),
    faults: [
      on(
        "token",
        refuses(
          403,
          "DENIED",
          'Permission "artifactregistry.repositories.uploadArtifacts" denied on resource ' +
            '"projects/team/locations/europe/repositories/app" (or it may not exist)',
        ),
      ),
    ],
  },
  "gcr-no-repository": {
    service: "Google Container Registry",
    does: "its repository has to be made in Artifact Registry first",
    source: "GoogleCloudPlatform/cloud-builders-community#588",
    faults: [on("start-upload", refuses(404, "NAME_UNKNOWN", 'Repository "gcr.io" not found'))],
  },
  "gcr-json-key": {
    service: "Google Container Registry",
    does: "the user _json_key has a whole JSON file for a password",
    source: "cloud.google.com: Authentication methods, JSON key file",
    serve: {
      auth: {
        bearer: {
          realm: "https://gcr.io/v2/token",
          users: { _json_key: `{\n  "private_key": "${PASSWORD}:\\n"\n}` },
        },
      },
    },
  },
  "acr-refresh-token": {
    service: "Azure Container Registry",
    does: "az acr login keeps a refresh token, which a POST trades for access tokens",
    source: "devcontainers/cli#444, Azure/acr#98",
    serve: {
      auth: {
        bearer: {
          realm: "https://team.azurecr.io/oauth2/token",
          users: {},
          refreshTokens: { [PASSWORD]: "00000000-0000-0000-0000-000000000000" },
        },
      },
    },
  },
  "acr-no-resume": {
    service: "Azure Container Registry",
    does: "an upload that broke off is gone",
    source: "Azure/azure-sdk-for-python#29738",
    faults: [
      on("finish-upload", { kind: "close", after: "head" }, { times: 1 }),
      on("get-upload", refuses(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")),
    ],
  },
} satisfies Readonly<Record<string, Quirk>>;
