// Linux capabilities of a file: the words in which people ask for them, and the bytes in which the kernel
// keeps them in the extended attribute `security.capability` (capabilities(7), cap_from_text(3)).
import { nearestWord } from "./nearest.ts";

/** The kernel's names without `CAP_`, by number (linux/capability.h). */
const NAMES: readonly string[] = [
  "chown",
  "dac_override",
  "dac_read_search",
  "fowner",
  "fsetid",
  "kill",
  "setgid",
  "setuid",
  "setpcap",
  "linux_immutable",
  "net_bind_service",
  "net_broadcast",
  "net_admin",
  "net_raw",
  "ipc_lock",
  "ipc_owner",
  "sys_module",
  "sys_rawio",
  "sys_chroot",
  "sys_ptrace",
  "sys_pacct",
  "sys_admin",
  "sys_boot",
  "sys_nice",
  "sys_resource",
  "sys_time",
  "sys_tty_config",
  "mknod",
  "lease",
  "audit_write",
  "audit_control",
  "setfcap",
  "mac_override",
  "mac_admin",
  "syslog",
  "wake_alarm",
  "block_suspend",
  "audit_read",
  "perfmon",
  "bpf",
  "checkpoint_restore",
];

/** VFS_CAP_REVISION_2: two words of each set, no user namespace. */
const REVISION_2 = 0x02000000;

/** VFS_CAP_FLAGS_EFFECTIVE: what is permitted is in effect from the start. */
const EFFECTIVE = 1;

/** The capabilities that numbers can name: a set is 64 bits. */
const ALL_BITS = (1n << 64n) - 1n;

interface Sets {
  permitted: bigint;
  inheritable: bigint;
  effective: bigint;
}

/**
 * The attribute's 20 bytes for some terms; undefined where they leave no capability. A term is a name
 * (`net_bind_service`, `CAP_NET_RAW`, `all`, a number), which is permitted and in effect, or a clause of
 * cap_from_text(3): names with commas between them, then `=`, `+` or `-` with letters of `p`, `i`, `e`.
 * Later terms change what earlier ones said.
 *
 * @param fault makes the error out of what is wrong with a term.
 */
export function fileCapabilities(
  terms: readonly string[],
  fault: (reason: string) => Error,
): Uint8Array<ArrayBuffer> | undefined {
  const sets: Sets = { permitted: 0n, inheritable: 0n, effective: 0n };
  for (const term of terms) applyTerm(sets, term, fault);
  const { permitted, inheritable, effective } = sets;
  if (permitted === 0n && inheritable === 0n) return undefined;
  const view = new DataView(new ArrayBuffer(20));
  view.setUint32(0, REVISION_2 | (effective === 0n ? 0 : EFFECTIVE), true);
  for (const [at, shift] of [[4, 0n], [12, 32n]] as const) {
    view.setUint32(at, Number((permitted >> shift) & 0xffffffffn), true);
    view.setUint32(at + 4, Number((inheritable >> shift) & 0xffffffffn), true);
  }
  return new Uint8Array(view.buffer);
}

function applyTerm(sets: Sets, term: string, fault: (reason: string) => Error): void {
  const [, names = term, actions = "+pe"] = /^([^=+-]*)([=+-].*)$/.exec(term) ?? [];
  // Alone, `=` speaks of all; the other signs want names.
  const mask = maskOf(names === "" && actions.startsWith("=") ? "all" : names, fault);
  let sign = "+";
  for (const letter of actions) {
    if (letter === "=" || letter === "+" || letter === "-") {
      sign = letter;
      if (letter === "=") { for (const name of SETS) sets[name] &= ~mask & ALL_BITS; }
      continue;
    }
    const name = SETS.find((set) => set.startsWith(letter));
    if (name === undefined) throw fault(`"${letter}" is none of p, i, e`);
    sets[name] = sign === "-" ? sets[name] & ~mask & ALL_BITS : sets[name] | mask;
  }
}

const SETS = ["permitted", "inheritable", "effective"] as const;

function maskOf(names: string, fault: (reason: string) => Error): bigint {
  return names.split(",").reduce((mask, name) => mask | bitOf(name, fault), 0n);
}

function bitOf(written: string, fault: (reason: string) => Error): bigint {
  if (/^\d{1,2}$/.test(written) && Number(written) < 64) return 1n << BigInt(written);
  const name = written.trim().toLowerCase().replace(/^cap_/, "");
  if (name === "all") return (1n << BigInt(NAMES.length)) - 1n;
  const number = NAMES.indexOf(name);
  if (number !== -1) return 1n << BigInt(number);
  const nearest = nearestWord(name, NAMES);
  const meant = nearest === undefined ? "" : `; the nearest is "${nearest}"`;
  throw fault(`there is no capability "${written}"${meant}`);
}
