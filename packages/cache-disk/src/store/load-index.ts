import type { MetadataStore } from '../metadata/metadata-store.ts'
import type { EntryIndex } from './entry-index.ts'
import { warmed } from './heat.ts'
import { type JournalState, parseJournal } from './journal.ts'

export interface Loaded {
  readonly journal: JournalState
  /** Rows that were left out. */
  readonly damaged: number
}

/** A score beyond that of 2 ** 40 uses is none. */
const mostDoublings = 40

/** Lists all rows in the index, the least recently used first. @param text What the journal had saved. */
export async function loadIndex(
  index: EntryIndex,
  metadata: MetadataStore,
  { text, now }: { readonly text: string | undefined; readonly now: number },
): Promise<Loaded> {
  const { applied, vouch } = parseJournal(text)
  let highest = vouch
  const damaged = await metadata.load(rows => {
    for (const { name, seq, size, expiresAt, usedAt, uses, invalidated, vouch: given } of rows) {
      const checkedAt = applied ? 0 : undefined
      index.hold(size)
      // These two are under no check, and a clock may have gone back.
      const used = { usedAt: Math.min(usedAt, now), uses: Math.min(uses, warmed(0, now) + mostDoublings) }
      const slot = { seq, size, expiresAt, ...used, invalidated, vouch: given, checkedAt, seen: false }
      index.place(name, slot)
      highest = Math.max(highest, given)
    }
  })
  // Nobody vouches for what was stored while there was no journal, or one that is damaged.
  return { damaged, journal: applied ? { applied, vouch } : { applied: undefined, vouch: highest + 1 } }
}
