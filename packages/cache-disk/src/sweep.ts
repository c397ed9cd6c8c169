import type { EntryIndex, Slot } from './entry-index.ts'
import type { KeyQueue } from './key-queue.ts'
import type { ValueFiles } from './value-files.ts'

export interface SweptStore {
  readonly index: EntryIndex
  readonly files: ValueFiles
  readonly queue: KeyQueue
  /** Removes entry and row. */
  drop(name: string, slot: Slot): Promise<void>
}

/**
 * Makes files and index agree after a start: a file that is not listed is removed, an entry whose file is missing or of
 * another length is dropped. Goes on beside reads and writes, one name at a time in its queue.
 */
export async function sweep(store: SweptStore, signal: AbortSignal): Promise<void> {
  const unseen = new Map(store.index.entries())
  for await (const name of store.files.names()) {
    if (signal.aborted) return
    unseen.delete(name)
    await store.queue.run(name, () => check(store, name))
  }
  for (const name of unseen.keys()) {
    if (signal.aborted) return
    await store.queue.run(name, () => check(store, name))
  }
}

async function check(store: SweptStore, name: string): Promise<void> {
  const size = await store.files.sizeOf(name)
  const slot = store.index.get(name)
  if (slot && slot.size !== size) await store.drop(name, slot)
  if (!slot) await store.files.remove(name)
}
