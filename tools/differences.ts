// Where krust reads references and challenges otherwise than other people's parsers do, and why. Each class
// says whose reading differs, and knows its own cases; a difference of no class is a finding.
import { isTag } from "../src/oci/reference.ts";

/** A reference as one of the parsers reads it. */
export interface ReadReference {
  readonly registry: string;
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** A challenge as one of the parsers reads it. */
export interface ReadChallenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** One kind of difference. */
export interface Difference<Read> {
  /** What differs. */
  readonly what: string;
  /** Why krust keeps to its reading. */
  readonly why: string;
  /** Whether a case is of this kind; a reading that is undefined is a refusal. */
  holds(text: string, ours: Read | undefined, theirs: Read | undefined): boolean;
}

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const HOST = new RegExp(`^(?:\\[[0-9a-fA-F:.]+\\]|${LABEL}(?:\\.${LABEL})*)(?::\\d+)?$`);
const HUB = ["docker.io", "index.docker.io", "registry-1.docker.io"];

function isHost(host: string): boolean {
  const port = /:(\d+)$/.exec(host)?.[1];
  return HOST.test(host) && URL.canParse(`http://${host}/`) &&
    (port === undefined || Number(port) >= 1);
}

const refused = <Read>(
  what: string,
  why: string,
  holds: (text: string, theirs: Read) => boolean,
): Difference<Read> => ({
  what,
  why,
  holds: (text, ours, theirs) => ours === undefined && theirs !== undefined && holds(text, theirs),
});

const taken = <Read>(
  what: string,
  why: string,
  holds: (text: string, ours: Read) => boolean,
): Difference<Read> => ({
  what,
  why,
  holds: (text, ours, theirs) => ours !== undefined && theirs === undefined && holds(text, ours),
});

const SCHEME = refused<ReadReference>(
  "`http://host/x` is refused",
  "a reference has no scheme; the other reads `http:` as a host with an empty port",
  (text) => /^[a-z][a-z0-9+.-]*:\/\//i.test(text),
);

const BAD_HOST = refused<ReadReference>(
  "a host or port that no address can be made of is refused",
  "it would fail when it is first asked, with a worse message",
  (_text, { registry }) => !isHost(registry),
);

const SHOUTED: Difference<ReadReference> = {
  what: "hosts are lower-cased, and Docker Hub's other names are docker.io",
  why: "hosts mean the same in any case, and credentials are kept under one name",
  holds: (_text, ours, theirs) =>
    ours !== undefined && theirs !== undefined && theirs.registry !== ours.registry &&
    (theirs.registry.toLowerCase() === ours.registry ||
      (HUB.includes(theirs.registry.toLowerCase()) && ours.registry === "docker.io")) &&
    ours.name.replace(/^library\//, "") === theirs.name.replace(/^library\//, "") &&
    ours.digest === theirs.digest,
};

const LONG = refused<ReadReference>(
  "more than 1,000 characters are refused",
  "the longest host, name, tag and digest are less together",
  (text) => text.length > 1_000,
);

/** What is known of go-containerregistry's `name.ParseReference`. */
export const GGCR_DIFFERENCES: readonly Difference<ReadReference>[] = [
  SCHEME,
  LONG,
  refused(
    "names such as `a//b`, `-a`, `a..b` are refused",
    "distribution-spec's grammar has no such names: a registry answers NAME_INVALID",
    (_text, { name }) => !NAME.test(name),
  ),
  refused(
    "a tag that begins with `.` or `-` is refused",
    "distribution-spec's grammar has no such tag",
    (_text, { tag }) => tag !== undefined && !isTag(tag),
  ),
  BAD_HOST,
  taken(
    "names of one character are taken",
    "distribution-spec's grammar has them",
    (_text, { name }) => name.replace(/^library\//, "").length === 1,
  ),
  {
    what: "`localhost/x` is on localhost",
    why: "docker's rule; the other has it on Docker Hub",
    holds: (text, ours, theirs) =>
      text.startsWith("localhost/") && (ours === undefined || ours.registry === "localhost") &&
      (theirs === undefined || theirs.name.startsWith("localhost/")),
  },
  SHOUTED,
];

/** What is known of distribution's `reference.ParseDockerRef`, which is docker's own. */
export const DOCKER_DIFFERENCES: readonly Difference<ReadReference>[] = [
  SCHEME,
  LONG,
  refused(
    "digests of other algorithms than sha256 are refused",
    "krust verifies what it pulls, and has sha256 alone",
    (_text, { digest }) => digest !== undefined && !digest.startsWith("sha256:"),
  ),
  refused(
    "a first component in capitals is no host",
    "`Team/app` is more often a mistake than a host without a dot, and krust says how to write it",
    (text, { registry }) => !/[.:]/.test(registry) && text.startsWith(`${registry}/`),
  ),
  BAD_HOST,
  taken(
    "a name of 64 hex digits is taken",
    "docker keeps these for the IDs of its images, which krust does not have",
    (_text, { name }) => /^(?:library\/)?[0-9a-f]{64}$/.test(name),
  ),
  SHOUTED,
];

type Challenges = readonly ReadChallenge[];

/** What regclient refuses as a whole krust reads as far as it goes. */
export const REGCLIENT_DIFFERENCES: readonly Difference<Challenges>[] = [
  {
    what: "a header that is malformed somewhere is read as far as it goes",
    why:
      "registries are sloppy (unquoted realms, missing commas); what counts is checked afterwards: " +
      "the realm's scheme, host and address",
    holds: (_text, _ours, theirs) => theirs === undefined,
  },
  {
    what: "of a parameter that is there twice the first counts",
    why: "RFC 9110 has each once; the first is what a proxy that adds one cannot replace",
    holds: (text, ours = [], theirs = []) =>
      sameSchemes(ours, theirs) && /(\w+)\s*=[^]*\b\1\s*=/i.test(text),
  },
  {
    what: "a quoted string that is no value is passed over",
    why: "RFC 9110 has no quoted schemes and names; nothing within quotes is taken for a challenge",
    holds: (text) => /(?:^|[^=\s])\s*"/.test(text.replace(/=\s*"(?:\\.|[^"\\])*"/g, "=x")),
  },
  {
    what: "an empty value is a value",
    why: '`realm=""` is refused as such; the other takes it for absent',
    holds: (_text, ours = [], theirs = []) =>
      sameSchemes(ours, theirs) &&
      ours.every(({ parameters }, at) =>
        Object.entries(parameters).every(([name, value]) =>
          value === (theirs[at]?.parameters[name] ?? "")
        )
      ),
  },
  {
    what: "a backslash outside quotes is a character like others",
    why: "RFC 9110 has escapes in quoted strings alone",
    holds: (text) => text.includes("\\"),
  },
];

function sameSchemes(ours: Challenges, theirs: Challenges): boolean {
  return ours.map(({ scheme }) => scheme).join("\n") ===
    theirs.map(({ scheme }) => scheme).join("\n");
}

/** docker/distribution reads the first challenge of a header alone, up to what it cannot read. */
export const DISTRIBUTION_DIFFERENCES: readonly Difference<Challenges>[] = [
  {
    what: "a parameter without a scheme before it is passed over",
    why: "the other takes its name for a scheme",
    holds: (text) => /^[!#$%&'*+\-.^_`|~\w]+[ \t]*=/.test(text),
  },
  {
    what: "nothing is read of it by the other",
    why:
      "the other wants the header to begin with the name of a scheme; krust passes over what comes before",
    holds: (_text, _ours, theirs = []) => theirs.length === 0,
  },
  {
    what: "what follows the first thing that cannot be read is read too",
    why:
      "as above: the other stops at an empty or unquoted value, a missing comma, a second challenge",
    holds: (_text, [ours] = [], [theirs] = []) =>
      ours !== undefined && theirs !== undefined && ours.scheme === theirs.scheme &&
      Object.entries(theirs.parameters).every(([name, value]) =>
        ours.parameters[name] === value || ours.parameters[name]?.startsWith(value)
      ),
  },
  {
    what: "of a parameter that is there twice the first counts",
    why: "as above",
    holds: (text, [ours] = [], [theirs] = []) =>
      ours?.scheme === theirs?.scheme && /(\w+)=[^]*\b\1=/i.test(text),
  },
];
