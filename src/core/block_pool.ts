// Blocks compressed each by itself, here or in workers: a block's bytes depend on the block alone, so
// neither the number of workers nor their order shows in the result.
import type { constants, deflateRawSync, zstdCompressSync } from "node:zlib";
import { KrustError } from "./error.ts";

/** A piece of input. */
export interface Block {
  /** Its bytes, in memory of their own. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** What becomes of it: a part of a deflate stream, or a zstd frame (RFC 8878). */
  readonly format: "deflate" | "zstd";
  /** Compression level, as the format counts them. */
  readonly level: number;
}

/** What {@linkcode compressBlock} needs of `node:zlib`; given, for a worker has its own. */
export interface Zlib {
  /** The compressor of gzip. */
  readonly deflateRawSync: typeof deflateRawSync;
  /** The compressor of zstd. */
  readonly zstdCompressSync: typeof zstdCompressSync;
  /** How a block is to end, and zstd's parameters. */
  readonly constants: Pick<
    typeof constants,
    "Z_SYNC_FLUSH" | "ZSTD_c_compressionLevel" | "ZSTD_c_windowLog"
  >;
}

/**
 * Compresses one block: of deflate a part that ends on a byte boundary with no final mark, so that
 * blocks can be joined; of zstd a frame, whose window is a block, whatever the level. The block is given
 * up: its memory is freed. This may refer to nothing but its arguments, for its source is what the
 * workers run.
 */
export function compressBlock(zlib: Zlib, block: Block): Uint8Array<ArrayBuffer> {
  const { data, format, level } = block;
  const room = data.length + 64 * 1024;
  const output = format === "deflate"
    ? zlib.deflateRawSync(data, {
      level,
      chunkSize: room,
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
    })
    : zlib.zstdCompressSync(data, {
      chunkSize: room,
      params: {
        [zlib.constants.ZSTD_c_compressionLevel]: level,
        [zlib.constants.ZSTD_c_windowLog]: 20,
      },
    });
  const compressed = new Uint8Array(output);
  // V8 lets some 64 MiB of dead buffers gather in each thread before it collects them. These two
  // are freed by hand; an output of another size would not be zlib's own and stays as it is.
  if (output.buffer instanceof ArrayBuffer && output.buffer.byteLength === room) {
    output.buffer.transfer(0);
  }
  data.buffer.transfer(0);
  return compressed;
}

/** The side of a worker that its own code sees. */
interface WorkerScope {
  onmessage: (event: MessageEvent<Block>) => void;
  postMessage(message: Uint8Array<ArrayBuffer>, transfer: Transferable[]): void;
}

/** What a worker runs; like {@linkcode compressBlock} it may refer to nothing but its arguments. */
function serve(compress: typeof compressBlock, zlib: Zlib, scope: WorkerScope): void {
  scope.onmessage = (event): void => {
    const compressed = compress(zlib, event.data);
    scope.postMessage(compressed, [compressed.buffer]);
  };
}

// A worker on a file of its own is not followed by `deno bundle`; code in a Blob works from source,
// from a bundle and compiled, and needs no permission to read.
const CODE = `import * as zlib from "node:zlib";\n(${serve})(${compressBlock}, zlib, self);\n`;

interface Lane {
  readonly worker: Worker;
  readonly waiting: PromiseWithResolvers<Uint8Array<ArrayBuffer>>[];
}

/** Workers that compress blocks; closed when done with, which ends whatever they are at. */
export class BlockPool implements Disposable {
  readonly #address = URL.createObjectURL(new Blob([CODE], { type: "text/javascript" }));
  readonly #lanes: readonly Lane[];

  /** Starts `workers` workers, at least one. */
  constructor(workers: number) {
    this.#lanes = Array.from({ length: Math.max(1, workers) }, () => this.#start());
  }

  /** How many blocks may be under way before more of them only cost memory. */
  get width(): number {
    return this.#lanes.length * 2;
  }

  /**
   * Compresses a block in the worker with the least to do. The block's bytes are handed over.
   *
   * @throws {KrustError} `internal` where the worker failed.
   */
  compress(block: Block): Promise<Uint8Array<ArrayBuffer>> {
    const [lane] = this.#lanes.toSorted((left, right) =>
      left.waiting.length - right.waiting.length
    );
    if (lane === undefined) throw new KrustError("internal", "there is no compression worker");
    const answer = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    // A failure is met when its turn comes; until then it must not count as unhandled.
    answer.promise.catch(() => {});
    lane.waiting.push(answer);
    lane.worker.postMessage(block, [block.data.buffer]);
    return answer.promise;
  }

  /** Ends the workers. */
  [Symbol.dispose](): void {
    for (const { worker } of this.#lanes) worker.terminate();
    URL.revokeObjectURL(this.#address);
  }

  #start(): Lane {
    const lane: Lane = { worker: new Worker(this.#address, { type: "module" }), waiting: [] };
    lane.worker.onmessage = (event: MessageEvent<Uint8Array<ArrayBuffer>>): void => {
      lane.waiting.shift()?.resolve(event.data);
    };
    lane.worker.onerror = (event): void => {
      event.preventDefault();
      const error = new KrustError("internal", `a compression worker failed: ${event.message}`);
      for (const answer of lane.waiting.splice(0)) answer.reject(error);
    };
    return lane;
  }
}
