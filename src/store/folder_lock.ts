// Who is at work in the store's folder: builds share its lock, and who wants to empty it asks whether
// it could have it alone. The system lets go of the lock of a process that is killed.

/** The file that is locked; it holds nothing. */
const NAME = "lock";

/**
 * Says that the folder is in use until disposed. Where the disk knows no locks (some network file
 * systems), nobody is told.
 */
export async function shareFolder(directory: string): Promise<Disposable> {
  const file = await open(directory);
  try {
    await file?.lock(false);
  } catch {
    // Entries that were used within the hour are not removed, lock or no lock.
  }
  return { [Symbol.dispose]: () => file?.close() };
}

/**
 * Has the folder alone until disposed, so that no build begins to use it meanwhile; undefined where
 * it is in use, or where nobody can know.
 */
export async function claimFolder(directory: string): Promise<Disposable | undefined> {
  const file = await open(directory);
  const claimed = await file?.tryLock(true).catch(() => false) ?? false;
  if (claimed) return { [Symbol.dispose]: () => file?.close() };
  file?.close();
  return undefined;
}

async function open(directory: string): Promise<Deno.FsFile | undefined> {
  const path = `${directory}/${NAME}`;
  return await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 })
    .catch(() => undefined);
}
