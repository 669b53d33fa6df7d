// Names that lead to servers on loopback, for clients that treat other names otherwise.
import { fetchTransport, type Transport } from "../../src/core/http.ts";

/** A network in which a public-looking name leads to a server on loopback, as a hosts file has it. */
export function naming(name: string, host: string): Transport & Disposable {
  const network = fetchTransport();
  const named: Transport = (request, options) => {
    const url = new URL(request.url);
    if (url.host === name) url.host = host;
    return network({ ...request, url }, options);
  };
  return Object.assign(named, { [Symbol.dispose]: () => network[Symbol.dispose]() });
}
