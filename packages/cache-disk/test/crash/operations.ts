/** What is done while a kill is on its way, and what may be found of it afterwards. */
import { type Awaitable, createEntry } from '@greenlang/core'
import type { DiskOptions, DiskTier } from '../../src/index.ts'

type State = Readonly<Record<string, string>>

export interface Operation {
  /** Where it is not enough for what is stored. */
  readonly maxBytes?: DiskOptions['maxBytes']
  /** What is there before. */
  readonly before: State
  run(tier: DiskTier<string>): Awaitable<unknown>
  /** What is there after it, of the keys that change; `undefined` for nothing. */
  readonly after: Readonly<Record<string, string | undefined>>
  /** Keys that are marked stale by it. */
  readonly marked?: readonly string[]
  /** Whether it takes something away: then it lasts from its acknowledgement on, whatever the durability. */
  readonly removes: boolean
  /** Whether any key may be missing afterwards. */
  readonly evicts?: boolean
}

/** Of the operation that marks. */
export const stamp = { history: 'h', sequence: 7 }
const large = (text: string) => text.repeat(100_000)
const several = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`key ${index}`, `old ${index}`]))
const three: State = { a: 'old a', b: 'old b', c: 'old c' }

/** The same in every process. */
const dates = { createdAt: 1_700_000_000_000, staleAt: 4_100_000_000_000, expiresAt: 4_200_000_000_000 }

export const entryOf = (value: string) => ({
  ...createEntry(value, { tags: ['t'] }),
  ...dates,
  checkedAt: 1,
})

export const operations: Readonly<Record<string, Operation>> = {
  set: { before: three, run: tier => set(tier, 'new', 'new'), after: { new: 'new' }, removes: false },
  overwrite: { before: three, run: tier => set(tier, 'a', 'new a'), after: { a: 'new a' }, removes: false },
  'overwrite, large': {
    before: { ...three, a: large('old') },
    run: tier => set(tier, 'a', large('newer')),
    after: { a: large('newer') },
    removes: false,
  },
  evict: {
    maxBytes: '64kb',
    before: several,
    run: tier => set(tier, 'new', 'new'),
    after: { new: 'new' },
    removes: false,
    evicts: true,
  },
  delete: {
    before: three,
    run: tier => tier.deleteMany(['a', 'b']),
    after: { a: undefined, b: undefined },
    removes: true,
  },
  invalidate: {
    before: three,
    run: tier => tier.invalidateMany(['a']),
    after: { a: 'old a' },
    marked: ['a'],
    removes: true,
  },
  clear: {
    before: three,
    run: tier => tier.clear(),
    after: { a: undefined, b: undefined, c: undefined },
    removes: true,
  },
  mark: {
    before: three,
    run: async tier => tier.journal.mark(stamp, { mode: 'delete', keys: ['a'] }),
    after: { a: undefined },
    removes: true,
  },
}

function set(tier: DiskTier<string>, key: string, value: string): Awaitable<unknown> {
  return tier.set(key, entryOf(value))
}
