/** A disk that refuses writes: mounted read-only, or its directories closed to the user. */
import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DiskOptions } from '../../src/index.ts'
import { createBook, outcomeOf, tally } from './book.ts'
import { hurriedClock, keysOf, mount, play, say, until, watchedTier } from './child.ts'

type Durability = NonNullable<DiskOptions['durability']>

const kept = keysOf(30, 'kept')
const refused = keysOf(30, 'refused')
const after = keysOf(20, 'after')

interface Refusal {
  readonly directory: string
  readonly durability: string
  refuse(): void
  allow(): void
}

/** The values cannot be written from `refuse` to `allow`; the index can. */
async function live({ directory, durability, refuse, allow }: Refusal): Promise<void> {
  const watched = watchedTier({ directory, maxBytes: '8mb', durability: durability as Durability })
  const { tier } = watched
  const book = createBook(tier)
  for (const key of kept) await book.set(key)
  refuse()
  const outcomes: string[] = []
  for (const key of [...kept.slice(0, 5), ...refused]) outcomes.push(await book.set(key))
  say('outcomes', tally(outcomes))
  // For ten seconds of the tier's clock, in which it tries again several times.
  const end = hurriedClock.now() + 10_000
  while (hurriedClock.now() < end) await book.set('again')
  say('state', tier.stats().state)
  say('hits of the replaced', await book.hits(kept.slice(0, 5)))
  say('hits of the kept', await book.hits(kept.slice(5)))
  say('hits of the refused', await book.hits(refused))
  say('events meanwhile', watched.types())
  allow()
  say('healed', await until(() => watched.has('recovered')))
  say('outcomes after', tally(await Promise.all(after.map(key => book.set(key)))))
  say('hits after', await book.hits(after))
  say('hits of the kept after', await book.hits(kept.slice(5)))
  say('events', watched.types())
  await tier.close()
  const next = watchedTier({ directory, maxBytes: '8mb' })
  book.reopen(next.tier)
  say('hits in the next life', await book.hits(after))
  await next.tier.close()
  say('wrong', book.wrong)
}

/** The index holds files open for writing, and a mount with such files cannot be made read-only: the values have their own. */
async function remount(directory: string, durability: string): Promise<void> {
  const values = join(directory, 'values')
  const first = watchedTier({ directory, maxBytes: '8mb' })
  await first.tier.get('anything')
  await first.tier.close()
  mount('-t', 'tmpfs', '-o', 'size=8m,mode=0700', 'tmpfs', values)
  const change = (how: string) => mount('-o', `remount,${how}`, values)
  await live({ directory, durability, refuse: () => change('ro'), allow: () => change('rw') })
}

async function closed(directory: string, durability: string): Promise<void> {
  const home = join(directory, 'cache')
  const change = (mode: number) => {
    const values = join(home, 'values')
    const below = readdirSync(values, { recursive: true, withFileTypes: true })
    for (const entry of below) if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), mode)
    chmodSync(values, mode)
  }
  await live({ directory: home, durability, refuse: () => change(0o500), allow: () => change(0o700) })
}

/** Not even reads: what is there must not be taken for missing. */
async function hidden(directory: string): Promise<void> {
  const home = join(directory, 'cache')
  const watched = watchedTier({ directory: home, maxBytes: '8mb' })
  const book = createBook(watched.tier)
  for (const key of kept) await book.set(key)
  chmodSync(join(home, 'values'), 0)
  say('hits meanwhile', await book.hits(kept))
  await book.set('key')
  say('failures', watched.tier.stats().failures > 0)
  say('events meanwhile', watched.types())
  chmodSync(join(home, 'values'), 0o700)
  say('healed', await until(() => watched.has('recovered')))
  say('hits after', await book.hits(kept))
  say('outcome after', await book.set('key'))
  say('rejected', watched.tier.stats().rejected)
  say('events', watched.types())
  await watched.tier.close()
  say('wrong', book.wrong)
}

/** The directory of the tier cannot be opened for writing from the start. */
async function openRefused(directory: string, { refuse, allow }: Pick<Refusal, 'refuse' | 'allow'>) {
  const before = watchedTier({ directory, maxBytes: '8mb' })
  const book = createBook(before.tier)
  for (const key of kept) await book.set(key)
  await before.tier.close()
  refuse()
  const watched = watchedTier({ directory, maxBytes: '8mb', durability: 'data' })
  book.reopen(watched.tier)
  await book.hits(kept)
  say('state', watched.tier.stats().state)
  say('outcomes', tally(await Promise.all(refused.map(key => book.set(key)))))
  say('delete', await book.delete('kept 1'))
  await book.set('kept 0')
  say('events meanwhile', watched.types())
  allow()
  say('healed', await until(async () => (await book.get('kept 2')) && watched.has('recovered')))
  say('hits of the kept after', await book.hits(kept.slice(2)))
  await book.hits(['kept 0', 'kept 1'])
  say('outcome after', await outcomeOf(() => book.set('key')))
  say('events', watched.types())
  await watched.tier.close()
  say('wrong', book.wrong)
}

const openReadOnly = (directory: string) => {
  const change = (how: string) => mount('-o', `remount,${how}`, directory)
  return openRefused(directory, { refuse: () => change('ro'), allow: () => change('rw') })
}

const openClosed = (directory: string) => {
  const home = join(directory, 'cache')
  return openRefused(home, { refuse: () => chmodSync(home, 0), allow: () => chmodSync(home, 0o700) })
}

await play({ remount, closed, hidden, openReadOnly, openClosed })
