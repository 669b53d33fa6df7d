// How a push, or a pull of the base, ends at registries that are as the hosted ones are: for each quirk of
// `faults/quirks.ts` a play.
import assert from "node:assert/strict";
import type { Ran } from "../integration/machine.ts";
import { PASSWORD } from "../support/faults/quirk.ts";
import { syntheticImage } from "../support/images.ts";
import type { HostedPlay, HostedStage } from "./hosted.ts";
import { fails, fine } from "./stage.ts";

const MIB = 1024 * 1024;

function kinds({ registry }: HostedStage, kind: string): number {
  return registry.seen.filter((one) => one.kind === kind).length;
}

function tokenScopes({ registry }: HostedStage): readonly string[] {
  return registry.seen.filter(({ kind }) => kind === "token")
    .map(({ path }) =>
      new URL(path, "https://t.test").searchParams.getAll("scope").toSorted().join(" ")
    );
}

/** A base with a layer that goes up in three chunks. */
const large = () => syntheticImage({ layers: 1, size: 9 * MIB });

function check(host: string): (stage: HostedStage) => Promise<Ran> {
  return ({ machine }) => machine.krust(["auth", "check", `${host}/team/app`]);
}

const HUB = {
  host: "docker.io",
  at: "registry-1.docker.io",
  key: "https://index.docker.io/v1/",
  user: "me",
};

const hub: readonly HostedPlay[] = [
  {
    ...HUB,
    quirk: "hub-names",
    near: "library/base",
    base: "base:v1",
    ends: fine(),
    also: (_stage, { stdout }) => assert.match(stdout, /^docker\.io\/team\/app@/),
  },
  {
    ...HUB,
    quirk: "hub-mount-scope",
    near: "me/base",
    ends: fine(),
    also: (stage) => {
      assert.equal(kinds(stage, "mount-blob"), 2);
      assert.equal(kinds(stage, "start-upload"), 2);
      const both = "repository:me/base:pull repository:team/app:pull,push";
      assert.ok(tokenScopes(stage).includes(both), tokenScopes(stage).join("\n"));
    },
  },
  {
    ...HUB,
    quirk: "hub-retry-after",
    near: "library/base",
    base: "base:v1",
    ends: fine(/rate limited by docker\.io.*trying again in 0\.\d s/),
  },
  {
    ...HUB,
    quirk: "hub-abuse-limit",
    near: "library/base",
    base: "base:v1",
    ends: fails("registry-rejected", /rate limited by docker\.io(.|\n)*HAP429(.|\n)*docker login/),
  },
];

const ECR = { host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com", user: "AWS" };
const CREATE =
  /help: (?:.|\n)*aws ecr create-repository --region eu-west-1 --repository-name team\/app/;

const ecr: readonly HostedPlay[] = [
  {
    ...ECR,
    quirk: "ecr-basic",
    ends: fine(),
    also: ({ registry }) =>
      assert.equal(registry.seen.filter(({ status }) => status === 401).length, 1),
  },
  {
    quirk: "ecr-public-scope",
    host: "public.ecr.aws",
    user: "AWS",
    ends: fine(),
    also: (stage) => assert.match(tokenScopes(stage)[0] ?? "", /^aws repository:team\/app:pull/),
  },
  { ...ECR, quirk: "ecr-no-repository", ends: fails("registry-rejected", CREATE) },
  { ...ECR, quirk: "ecr-hangs-up", ends: fails("network-failed", CREATE) },
  {
    ...ECR,
    quirk: "ecr-chunk-range",
    content: large,
    ends: fine(),
    also: (stage) => assert.ok(kinds(stage, "append-upload") >= 3),
  },
  {
    ...ECR,
    quirk: "ecr-immutable-tags",
    ends: fails("registry-rejected", /immutable(.|\n)*help: .*another tag/),
    also: async ({ registry, push }) => {
      // A tag that stands for the image already is left alone.
      const { memory, seen } = registry;
      const [, digest = ""] = seen.map(({ path }) => /manifests\/(sha256:.*)/.exec(path) ?? [])
        .find(([, digest]) => digest !== undefined) ?? [];
      await memory.pushManifest("team/app", await memory.getManifest("team/app", digest), "v1");
      const again = await push();
      assert.equal(again.status, 0, again.stderr);
    },
  },
  {
    ...ECR,
    quirk: "ecr-mount",
    near: "team/base",
    ends: fine(),
    also: (stage) => {
      assert.equal(kinds(stage, "mount-blob"), 2);
      assert.equal(kinds(stage, "start-upload"), 2, "the mount's own session is used");
    },
  },
  { ...ECR, quirk: "ecr-rate", ends: fine(/trying again/) },
];

const google: readonly HostedPlay[] = [
  {
    quirk: "gar-no-chunks",
    host: "europe-docker.pkg.dev",
    content: large,
    ends: fine(),
    also: (stage) => assert.equal(kinds(stage, "append-upload"), 0),
  },
  {
    quirk: "gar-denied",
    host: "europe-docker.pkg.dev",
    user: "oauth2accesstoken",
    ends: fails("auth-denied", /uploadArtifacts" denied on resource/),
  },
  {
    quirk: "gcr-no-repository",
    host: "gcr.io",
    ends: fails("registry-rejected", /Repository "gcr\.io" not found(.|\n)*create the repository/),
  },
  {
    quirk: "gcr-json-key",
    host: "gcr.io",
    login: {
      auth: new TextEncoder().encode(`_json_key:{\n  "private_key": "${PASSWORD}:\\n"\n}`)
        .toBase64(),
    },
    ends: fine(),
  },
];

const azure: readonly HostedPlay[] = [
  {
    quirk: "acr-refresh-token",
    host: "team.azurecr.io",
    login: {
      auth: new TextEncoder().encode("00000000-0000-0000-0000-000000000000:").toBase64(),
      identitytoken: PASSWORD,
    },
    ends: fine(),
    also: ({ registry }) => {
      const [asked] = registry.seen.filter(({ kind }) => kind === "token");
      assert.equal(asked?.method, "POST");
    },
  },
  { quirk: "acr-no-resume", host: "team.azurecr.io", ends: fine(/trying again/) },
];

const GHCR = { host: "ghcr.io", user: "me" };

const ghcr: readonly HostedPlay[] = [
  { ...GHCR, quirk: "ghcr-head-403", ends: fine() },
  {
    ...GHCR,
    quirk: "ghcr-denied",
    ends: fails("auth-denied", /permission_denied: write_package(.|\n)*packages: write/),
  },
  {
    ...GHCR,
    quirk: "ghcr-chunk-limit",
    content: large,
    ends: fine(),
    also: (stage) => assert.ok(kinds(stage, "append-upload") >= 3),
  },
  {
    ...GHCR,
    quirk: "ghcr-no-cancel",
    run: check("ghcr.io"),
    ends: fine(),
    also: (stage, { stdout }) => {
      assert.equal(kinds(stage, "cancel-upload"), 1);
      assert.match(stdout, /^push +granted/m);
    },
  },
];

const quay: readonly HostedPlay[] = [
  { quirk: "quay-mount", host: "quay.io", near: "team/base", ends: fine() },
  { quirk: "quay-upload-invalid", host: "quay.io", ends: fine(/trying again/) },
  { quirk: "quay-bad-gateway", host: "quay.io", ends: fine(/HTTP 502; trying again/) },
];

const GITLAB = { host: "registry.gitlab.com", user: "me" };

const gitlab: readonly HostedPlay[] = [
  {
    ...GITLAB,
    quirk: "gitlab-token-server",
    near: "team/app/base",
    ends: fine(),
    also: (stage) => assert.ok(kinds(stage, "mount-blob") === 2),
  },
  { ...GITLAB, quirk: "gitlab-mount", near: "another/base", ends: fine() },
  {
    ...GITLAB,
    quirk: "gitlab-media-types",
    ends: fails("registry-rejected", /manifest invalid.*unknown media type: application\/x/),
  },
];

const HARBOR = { host: "harbor.test", user: "me" };

const harbor: readonly HostedPlay[] = [
  { ...HARBOR, quirk: "harbor-mount", near: "base/static", ends: fine() },
  { ...HARBOR, quirk: "harbor-cookies", ends: fine() },
  {
    ...HARBOR,
    quirk: "harbor-quota",
    ends: fails("auth-denied", /will exceed the configured upper limit(.|\n)*help: .*quota/),
    also: (_stage, { stderr }) => assert.doesNotMatch(stderr, /docker login/),
  },
  { ...HARBOR, quirk: "harbor-head-412", ends: fine() },
];

const ARTIFACTORY = { host: "team.jfrog.io", user: "me" };

const artifactory: readonly HostedPlay[] = [
  { ...ARTIFACTORY, quirk: "artifactory-token-server", ends: fine() },
  { ...ARTIFACTORY, quirk: "artifactory-head-403", ends: fine() },
  {
    ...ARTIFACTORY,
    quirk: "artifactory-absent-blob",
    ends: fine(),
    also: (stage) => assert.equal(kinds(stage, "finish-upload"), 8, "all four blobs, twice"),
  },
  {
    ...ARTIFACTORY,
    quirk: "artifactory-whole-blob",
    content: large,
    ends: fine(),
    also: (stage) => assert.ok(kinds(stage, "append-upload") >= 3),
  },
  {
    ...ARTIFACTORY,
    quirk: "artifactory-overwrite",
    ends: fails("registry-rejected", /manifest invalid.*HTTP 403 Forbidden/),
  },
];

/** Every play. */
export const HOSTED_PLAYS: readonly HostedPlay[] = [
  ...hub,
  ...ecr,
  ...google,
  ...azure,
  ...ghcr,
  ...quay,
  ...gitlab,
  ...harbor,
  ...artifactory,
];
