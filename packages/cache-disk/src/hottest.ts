import { constants } from 'node:fs'
import { peekHead } from '@greenlang/codec'
import type { HotKey } from './disk-types.ts'
import { disk } from './files/callbacks.ts'
import { nextTurn } from './files/pace.ts'
import type { Slot } from './store/entry-index.ts'
import type { EntryStore } from './store/entry-store.ts'
import { usesOf } from './store/heat.ts'

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants
const namesPerTurn = 5_000
const headBytes = 4_096
const filesAtOnce = 8

/** The entries with the most uses, with what their files say of them. Keys are in the files only. */
export async function hottest(store: EntryStore, count: number, now: number): Promise<HotKey[]> {
  const found: HotKey[] = []
  const names = await mostUsed(store, count, now)
  for (let at = 0; at < names.length; at += filesAtOnce) {
    const group = names.slice(at, at + filesAtOnce).map(name => describe(store, name, now))
    for (const hot of await Promise.all(group)) if (hot) found.push(hot)
  }
  return found
}

async function mostUsed({ index }: EntryStore, count: number, now: number): Promise<readonly string[]> {
  let best: { readonly name: string; readonly uses: number }[] = []
  const cut = () => {
    best = best.sort((a, b) => b.uses - a.uses).slice(0, count)
  }
  for (const [at, name] of index.names().entries()) {
    if (at % namesPerTurn === 0) await nextTurn()
    const slot = index.get(name)
    if (slot && slot.uses > 0 && !slot.invalidated && now < slot.expiresAt)
      best.push({ name, uses: slot.uses })
    if (best.length >= 2 * count + namesPerTurn) cut()
  }
  cut()
  return best.map(({ name }) => name)
}

async function describe(
  { index, files }: EntryStore,
  name: string,
  now: number,
): Promise<HotKey | undefined> {
  const slot = index.get(name)
  if (!slot) return undefined
  const head = await headOf(files.paths.fileOf(name, slot.seq), slot).catch(() => undefined)
  if (!head) return undefined
  const { key, createdAt, staleAt, expiresAt } = head
  return { key, uses: usesOf(slot.uses, now), createdAt, staleAt, expiresAt, size: slot.size }
}

async function headOf(path: string, { size }: Slot) {
  const file = await disk.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(Math.min(size, headBytes))
    const length = await disk.read(file, bytes, 0, bytes.length)
    return peekHead(bytes.subarray(0, length))
  } finally {
    await disk.close(file)
  }
}
