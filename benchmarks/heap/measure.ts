/** The two measurements, each run in a process of its own. */
import { liveBytes } from './settle.ts'
import { shapes } from './shapes.ts'
import { byteStores, entryStores } from './stores.ts'

export type HeapTask =
  | { readonly kind: 'entries'; readonly store: string; readonly entries: number }
  | { readonly kind: 'bytes'; readonly store: string; readonly shape: string; readonly maxBytes: number }

export interface Weighed {
  /** Bytes that the store added. */
  readonly bytes: number
  /** Entries in it at the end. */
  readonly entries: number
}

export function weigh(task: HeapTask): Promise<Weighed> {
  return task.kind === 'entries' ? weighEntries(task.store, task.entries) : weighBytes(task)
}

/** Keys and values are there before, and stay: what is weighed is what the store adds to them. */
async function weighEntries(name: string, count: number): Promise<Weighed> {
  const make = entryStores.get(name)
  if (!make) throw new Error(`no store "${name}"`)
  // Code that is compiled and tables that grow with first use are not the store's.
  const rehearsal = make(5_000)
  for (let index = 0; index < rehearsals; index += 1)
    rehearsal.set(`rehearsal:${index % 8_000}`, { index }, index)
  // The last hundredth pushes others out: what a store remembers of those that left is there.
  const total = Math.ceil(count * 1.01)
  const keys = Array.from({ length: total }, (_, index) => flat(`workflow:${index}`))
  const values = Array.from({ length: total }, (_, index) => ({ index }))
  const before = await liveBytes()
  const store = make(count)
  for (let index = 0; index < total; index += 1)
    store.set(keys[index] as string, values[index] as object, index)
  const after = await liveBytes()
  if (store.size() < count || keys.length !== values.length)
    throw new Error(`"${name}" holds ${store.size()} of ${count} entries`)
  return { bytes: after - before, entries: store.size() }
}

const rehearsals = 150_000
const sets = 200_000

/** Keys and values belong to the store here: nobody else holds them. */
async function weighBytes({ store: name, shape, maxBytes }: HeapTask & { kind: 'bytes' }): Promise<Weighed> {
  const [make, value] = [byteStores.get(name), shapes.get(shape)]
  if (!make || !value) throw new Error(`no store "${name}" or shape "${shape}"`)
  const rehearsal = make(10_000)
  for (let index = 0; index < 1000; index += 1) rehearsal.set(`rehearsal:${index}`, value(index))
  const before = await liveBytes()
  const store = make(maxBytes)
  for (let index = 0; index < sets; index += 1) store.set(flat(`workflow:${index}`), value(index))
  const after = await liveBytes()
  return { bytes: after - before, entries: store.size() }
}

const flat = (text: string) => Buffer.from(text, 'latin1').toString('latin1')
