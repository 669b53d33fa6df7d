// bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999), checking only: it is what
// `htpasswd -B` writes, and neither Deno nor node:crypto has it.
import { timingSafeEqual } from "node:crypto";

const HASH = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;

/** The costs that are taken: above, one check takes seconds. */
const COSTS = { least: 4, most: 14 } as const;

/** Whether `text` is a bcrypt hash of a cost that {@linkcode bcryptMatches} takes. */
export function isBcrypt(text: string): boolean {
  const cost = Number(HASH.exec(text)?.[1]);
  return cost >= COSTS.least && cost <= COSTS.most;
}

/** Whether a hash, for which {@linkcode isBcrypt} holds, is that of a password. Takes 2^cost steps. */
export function bcryptMatches(password: string, hash: string): boolean {
  const [, cost = "", salt = "", wanted = ""] = HASH.exec(hash) ?? [];
  // The key is the password with its closing zero, of which 72 bytes count.
  const key = new TextEncoder().encode(`${password}\0`).subarray(0, 72);
  const found = bcrypt(key, decode(salt, 16), Number(cost));
  return timingSafeEqual(found, decode(wanted, 23));
}

/** The 23 bytes of a hash. */
function bcrypt(key: Uint8Array, salt: Uint8Array, cost: number): Uint8Array {
  const [keyWords, saltWords] = [cyclicWords(key, 18), cyclicWords(salt, 18)];
  const state = new Blowfish();
  state.expand(keyWords, saltWords);
  for (let round = 0; round < 2 ** cost; round++) {
    state.expand(keyWords);
    state.expand(saltWords);
  }
  const text = new DataView(new TextEncoder().encode("OrpheanBeholderScryDoubt").buffer);
  for (let at = 0; at < 24; at += 8) {
    let pair: Pair = [text.getInt32(at), text.getInt32(at + 4)];
    for (let time = 0; time < 64; time++) pair = state.encrypt(...pair);
    text.setInt32(at, pair[0]);
    text.setInt32(at + 4, pair[1]);
  }
  return new Uint8Array(text.buffer, 0, 23);
}

type Pair = readonly [left: number, right: number];

/** The cipher's state: 18 subkeys and four boxes of 256, which begin as the digits of pi. */
class Blowfish {
  readonly #subkeys: Int32Array;
  readonly #boxes: Int32Array;

  constructor() {
    const digits = piWords();
    this.#subkeys = digits.slice(0, 18);
    this.#boxes = digits.slice(18);
  }

  /** Replaces the state by what it makes of a key and, the first time, a salt. */
  expand(key: Int32Array, salt: Int32Array = new Int32Array(18)): void {
    const subkeys = this.#subkeys;
    for (let at = 0; at < subkeys.length; at++) subkeys[at] = word(subkeys, at) ^ word(key, at);
    let [left, right] = [0, 0];
    let half = 0;
    for (const part of [subkeys, this.#boxes]) {
      for (let at = 0; at < part.length; at += 2) {
        [left, right] = this.encrypt(left ^ word(salt, half), right ^ word(salt, half + 1));
        part[at] = left;
        part[at + 1] = right;
        // The two halves of the salt, 64 bits each, take turns.
        half ^= 2;
      }
    }
  }

  /** Encrypts one block of 64 bits. */
  encrypt(left: number, right: number): Pair {
    for (let round = 0; round < 16; round++) {
      left ^= word(this.#subkeys, round);
      right ^= this.#mix(left);
      [left, right] = [right, left];
    }
    return [right ^ word(this.#subkeys, 17), left ^ word(this.#subkeys, 16)];
  }

  #mix(input: number): number {
    const box = (index: number, shift: number): number =>
      word(this.#boxes, index * 256 + ((input >>> shift) & 255));
    return ((box(0, 24) + box(1, 16)) ^ box(2, 8)) + box(3, 0);
  }
}

/** A word that is there: every index here is within its array. */
function word(words: Int32Array, at: number): number {
  return words[at] ?? 0;
}

/** Bytes, begun again at their end, as big-endian words. */
function cyclicWords(bytes: Uint8Array, count: number): Int32Array {
  const view = new DataView(new ArrayBuffer(4 * count));
  for (let at = 0; at < 4 * count; at++) view.setUint8(at, bytes[at % bytes.length] ?? 0);
  return Int32Array.from({ length: count }, (_, at) => view.getInt32(4 * at));
}

const PI_WORDS = 18 + 4 * 256;

let pi: Int32Array | undefined;

function piWords(): Int32Array {
  return pi ??= computePi();
}

/** The fraction of pi as 32-bit words, by Machin's formula: 16 atan(1/5) - 4 atan(1/239). */
function computePi(): Int32Array {
  const guard = 64n;
  const one = 1n << BigInt(32 * PI_WORDS) + guard;
  const arctangent = (divisor: bigint): bigint => {
    let [sum, power, odd] = [0n, one / divisor, 1n];
    for (let sign = 1n; power > 0n; sign = -sign, odd += 2n) {
      sum += sign * (power / odd);
      power /= divisor * divisor;
    }
    return sum;
  };
  const circle = 16n * arctangent(5n) - 4n * arctangent(239n);
  const hex = ((circle - 3n * one) >> guard).toString(16).padStart(8 * PI_WORDS, "0");
  return Int32Array.from(
    { length: PI_WORDS },
    (_, at) => Number.parseInt(hex.slice(8 * at, 8 * at + 8), 16),
  );
}

const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** bcrypt's own base 64: the usual order of bits, another alphabet, bits beyond `size` bytes dropped. */
function decode(text: string, size: number): Uint8Array {
  const bits = [...text].map((one) => ALPHABET.indexOf(one).toString(2).padStart(6, "0")).join("");
  return Uint8Array.from(
    { length: size },
    (_, at) => Number.parseInt(bits.slice(8 * at, 8 * at + 8), 2),
  );
}
