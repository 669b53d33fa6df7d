// The registry contract, run on every implementation of Registry there is.
import { fetchTransport, type Transport } from "../../src/core/http.ts";
import { HttpRegistry } from "../../src/registry/client.ts";
import { ANONYMOUS, type Keychain } from "../../src/registry/credential.ts";
import { DiskContents } from "../../src/registry/disk_contents.ts";
import { transportOf } from "../../src/registry/in_process.ts";
import { MemoryRegistry } from "../../src/registry/memory.ts";
import { MirroredRegistry } from "../../src/registry/mirrored.ts";
import { serveRegistry } from "../../src/registry/server.ts";
import { realRegistryAvailable, startRealRegistry } from "../support/registry_server.ts";
import { type ContractRegistry, registryContract } from "./registry_contract.ts";

const LOGIN = { username: "alice", password: "s3cret: with colon" };
const CREDENTIALS: Keychain = {
  resolve: () => Promise.resolve({ kind: "basic", ...LOGIN, source: "a test" }),
};

registryContract("MemoryRegistry", async () => ({
  registry: new MemoryRegistry(),
  async [Symbol.asyncDispose](): Promise<void> {},
}));

registryContract("MirroredRegistry with an empty mirror", async () => ({
  registry: new MirroredRegistry({
    registry: new MemoryRegistry(),
    mirrors: [new MemoryRegistry("mirror.test")],
    trace: () => {},
  }),
  async [Symbol.asyncDispose](): Promise<void> {},
}));

registryContract("HttpRegistry in process", async () => ({
  registry: client("registry.test", transportOf(serveRegistry(new MemoryRegistry()))),
  async [Symbol.asyncDispose](): Promise<void> {},
}));

registryContract("HttpRegistry over HTTP", async (): Promise<ContractRegistry> => {
  const handler = serveRegistry(new MemoryRegistry());
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return {
    registry: client(`127.0.0.1:${server.addr.port}`, fetchTransport()),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
});

registryContract("HttpRegistry on a disk's content", async (): Promise<ContractRegistry> => {
  const folder = await Deno.makeTempDir({ prefix: "krust-registry-" });
  const contents = await DiskContents.open(folder, Date.now());
  return {
    registry: client("registry.test", transportOf(serveRegistry(contents))),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
});

registryContract("HttpRegistry with tokens", async () => {
  const auth = { bearer: { users: { [LOGIN.username]: LOGIN.password } } };
  const handler = serveRegistry(new MemoryRegistry(), { auth });
  return {
    registry: client("registry.test", transportOf(handler), CREDENTIALS),
    async [Symbol.asyncDispose](): Promise<void> {},
  };
});

registryContract("HttpRegistry on distribution", async (): Promise<ContractRegistry> => {
  const server = await startRealRegistry();
  return {
    registry: client(server.host, fetchTransport()),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}, realRegistryAvailable());

registryContract("HttpRegistry on distribution with a password", async () => {
  const server = await startRealRegistry({ login: LOGIN });
  return {
    registry: client(server.host, fetchTransport(), CREDENTIALS),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}, realRegistryAvailable());

/** A client for which every failure is final: what is tested here needs no second try. */
function client(host: string, transport: Transport, keychain = ANONYMOUS): HttpRegistry {
  return new HttpRegistry(host, { transport, keychain, retry: { attempts: 1 } });
}
