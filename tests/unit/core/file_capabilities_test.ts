// File capabilities: the bytes that the kernel has for them, and the words that stand for them.
import assert from "node:assert/strict";
import { fileCapabilities } from "../../../src/core/file_capabilities.ts";

function hex(...terms: readonly string[]): string | undefined {
  return fileCapabilities(terms, (reason) => new Error(reason))?.toHex();
}

// Words of the attribute, each little-endian: revision and flag, then permitted and inheritable, twice.
const CASES: readonly (readonly [terms: readonly string[], bytes: string | undefined])[] = [
  [[], undefined],
  [["net_bind_service"], "01000002" + "00040000" + "00000000" + "00000000" + "00000000"],
  [["CAP_NET_BIND_SERVICE"], "01000002" + "00040000" + "00000000" + "00000000" + "00000000"],
  [["10"], "01000002" + "00040000" + "00000000" + "00000000" + "00000000"],
  [["net_bind_service=p"], "00000002" + "00040000" + "00000000" + "00000000" + "00000000"],
  [["chown,setuid=pe"], "01000002" + "81000000" + "00000000" + "00000000" + "00000000"],
  [["bpf", "perfmon"], "01000002" + "00000000" + "00000000" + "c0000000" + "00000000"],
  [["all"], "01000002" + "ffffffff" + "00000000" + "ff010000" + "00000000"],
  [["=p"], "00000002" + "ffffffff" + "00000000" + "ff010000" + "00000000"],
  [["63=i"], "00000002" + "00000000" + "00000000" + "00000000" + "00000080"],
  [["chown=ie", "chown+p"], "01000002" + "01000000" + "01000000" + "00000000" + "00000000"],
  [["chown=pie", "chown-p"], "01000002" + "00000000" + "01000000" + "00000000" + "00000000"],
  [["chown=ie", "chown="], undefined],
  [["chown=e"], undefined],
];

for (const [terms, bytes] of CASES) {
  Deno.test(`\`fileCapabilities()\` of ${JSON.stringify(terms)}`, () => {
    assert.equal(hex(...terms), bytes);
  });
}

const REFUSED: readonly (readonly [term: string, message: RegExp])[] = [
  ["net_bind", /^there is no capability "net_bind"/],
  ["net_bind_servise", /; the nearest is "net_bind_service"$/],
  ["chown=x", /^"x" is none of p, i, e$/],
  ["chown,=p", /^there is no capability ""/],
  ["+p", /^there is no capability ""/],
  ["64", /^there is no capability "64"/],
  ["", /^there is no capability ""/],
];

for (const [term, message] of REFUSED) {
  Deno.test(`\`fileCapabilities()\` refuses ${JSON.stringify(term)}`, () => {
    assert.throws(() => hex(term), { message });
  });
}
