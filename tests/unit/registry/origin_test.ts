// Where a registry is reached, and which addresses are nobody else's business.
import assert from "node:assert/strict";
import {
  isLoopback,
  isPrivateAddress,
  maySendSecrets,
  registryOrigin,
  registryOrigins,
} from "../../../src/registry/origin.ts";

const ORIGINS: readonly (readonly [string, boolean, readonly string[]])[] = [
  ["ghcr.io", false, ["https://ghcr.io"]],
  ["docker.io", false, ["https://registry-1.docker.io"]],
  ["registry.corp:5000", false, ["https://registry.corp:5000"]],
  ["registry.corp:5000", true, ["http://registry.corp:5000"]],
  ["10.0.0.7:5000", false, ["https://10.0.0.7:5000"]],
  ["localhost:5000", false, ["http://localhost:5000", "https://localhost:5000"]],
  ["kind.localhost", false, ["http://kind.localhost", "https://kind.localhost"]],
  ["127.0.0.1:5000", false, ["http://127.0.0.1:5000", "https://127.0.0.1:5000"]],
  ["127.8.9.1", false, ["http://127.8.9.1", "https://127.8.9.1"]],
  ["[::1]:5000", false, ["http://[::1]:5000", "https://[::1]:5000"]],
  ["localhost.example.com", false, ["https://localhost.example.com"]],
  ["notlocalhost", false, ["https://notlocalhost"]],
];

for (const [host, insecure, expected] of ORIGINS) {
  Deno.test(`\`registryOrigins()\` of ${host}${insecure ? ", insecure," : ""} is ${expected}`, () => {
    assert.deepEqual(registryOrigins(host, { insecure }).map((url) => url.origin), expected);
    assert.equal(registryOrigin(host, { insecure }).origin, expected[0]);
  });
}

const PRIVATE = [
  "http://127.0.0.1",
  "http://0x7f.1",
  "http://2130706433",
  "http://localhost.",
  "http://a.localhost",
  "http://10.1.2.3",
  "http://172.16.0.1",
  "http://172.31.255.255",
  "http://192.168.1.1",
  "http://169.254.169.254",
  "http://100.100.100.200",
  "http://0.0.0.0",
  "http://[::1]",
  "http://[::]",
  "http://[fe80::1]",
  "http://[fd00:ec2::254]",
  "http://[::ffff:169.254.169.254]",
  "http://[::ffff:10.0.0.1]",
  "http://[::127.0.0.1]",
  "http://[64:ff9b::169.254.169.254]",
  "http://[2002:a9fe:a9fe::1]",
  "http://[2002:7f00::]",
  "http://[fec0::1]",
  "http://[ff02::1]",
  "http://192.0.0.192",
  "http://198.18.0.1",
  "http://224.0.0.1",
  "http://255.255.255.255",
];

for (const address of PRIVATE) {
  Deno.test(`\`isPrivateAddress()\` knows ${address}`, () => {
    assert.equal(isPrivateAddress(new URL(address).hostname), true);
  });
}

const PUBLIC = [
  "http://ghcr.io",
  "http://8.8.8.8",
  "http://172.32.0.1",
  "http://172.15.0.1",
  "http://100.128.0.1",
  "http://192.169.0.1",
  "http://[2001:db8::1]",
  "http://[::ffff:8.8.8.8]",
  "http://[64:ff9b::8.8.8.8]",
  "http://[2002:808:808::1]",
  "http://192.0.1.1",
  "http://198.20.0.1",
  "http://10.example.com",
  "http://fd00.example.com",
];

for (const address of PUBLIC) {
  Deno.test(`\`isPrivateAddress()\` lets ${address} pass`, () => {
    assert.equal(isPrivateAddress(new URL(address).hostname), false);
  });
}

Deno.test("`maySendSecrets()` wants TLS or this machine", () => {
  const may = (text: string): boolean => maySendSecrets(new URL(text));
  assert.ok(may("https://ghcr.io"));
  assert.ok(may("http://localhost:5000"));
  assert.ok(may("http://127.0.0.1:5000"));
  assert.ok(!may("http://ghcr.io"));
  assert.ok(!may("http://10.0.0.1"));
});

Deno.test("`isLoopback()` is not taken in by names that look like it", () => {
  for (const name of ["127.0.0.1.example.com", "localhost.evil", "1270.0.0.1", "[::2]"]) {
    assert.equal(isLoopback(name), false, name);
  }
});
