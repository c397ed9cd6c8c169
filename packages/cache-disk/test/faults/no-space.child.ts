/** A disk that runs full, on a tmpfs of its own. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DiskOptions } from '../../src/index.ts'
import { type Book, createBook, outcomeOf, tally } from './book.ts'
import { countValues, fillInodes, fillSpace, keysOf, mount, play, say, until, watchedTier } from './child.ts'

type Durability = NonNullable<DiskOptions['durability']>
type Watched = ReturnType<typeof watchedTier>

interface Outage {
  readonly book: Book
  readonly watched: Watched
  readonly directory: string
  /** Takes what space is left; again at each call, for a tier may free some of its own. */
  fill(): void
  free(): void
}

const kept = keysOf(40, 'kept')

/** From a healthy tier through the outage to a healed one, and to the next life. */
async function live({ book, watched, directory, fill, free }: Outage): Promise<void> {
  const { tier } = watched
  for (const key of kept) await book.set(key, 3000)
  const outcomes: string[] = []
  for (let round = 0; round < 3000 && !watched.has('degraded'); round += 1) {
    fill()
    outcomes.push(await book.set('replaced', 3000 + (round % 7)))
  }
  say('outcomes before', Object.keys(tally(outcomes)))
  await book.get('replaced')
  await liveFull({ book, watched })
  free()
  say('healed', await until(() => watched.has('recovered')))
  const after = keysOf(20, 'after')
  say('outcomes after', tally(await sets(book, after)))
  say('hits after', await book.hits(after))
  say('events', watched.types())
  await tier.close()
  await reopen(book, directory, after)
}

async function liveFull({ book, watched }: Pick<Outage, 'book' | 'watched'>): Promise<void> {
  say('outcomes while full', tally(await sets(book, keysOf(60, 'full'))))
  say('hits while full', await book.hits(kept))
  say('hits of what was refused', await book.hits(keysOf(60, 'full')))
  say('deletes while full', tally([await book.delete('kept 0'), await book.delete('kept 1')]))
  say('hits of the deleted', await book.hits(['kept 0', 'kept 1']))
  const { state, failures, rejected } = watched.tier.stats()
  say('state while full', state)
  say('counted', { failures: failures > 0, rejected })
  say('events while full', watched.types())
  say(
    'reasons',
    watched.events.map(event => ('error' in event ? String(event.error) : event.type)),
  )
}

async function reopen(book: Book, directory: string, mustHave: readonly string[]): Promise<void> {
  const { tier } = watchedTier({ directory, maxBytes: '64mb' })
  book.reopen(tier)
  say('hits in the next life', await book.hits(mustHave))
  await book.hits([...kept, 'replaced', ...keysOf(60, 'full')])
  await tier.reconciled()
  say('files without an entry', (await countValues(directory)) - (tier.stats().entries ?? 0))
  await tier.close()
  say('wrong', book.wrong)
}

async function sets(book: Book, keys: readonly string[], length = 3000): Promise<string[]> {
  const outcomes: string[] = []
  for (const key of keys) outcomes.push(await book.set(key, length))
  return outcomes
}

function open(directory: string, durability: string, maxBytes: DiskOptions['maxBytes'] = '64mb') {
  const watched = watchedTier({ directory, maxBytes, durability: durability as Durability })
  return { watched, book: createBook(watched.tier) }
}

async function bytes(directory: string, durability: string): Promise<void> {
  const filler = join(directory, 'filler')
  await live({
    ...open(directory, durability),
    directory,
    fill: () => fillSpace(filler),
    free: () => rmSync(filler),
  })
}

async function inodes(directory: string, durability: string): Promise<void> {
  const fillers: (() => void)[] = []
  const fill = () => fillers.push(fillInodes(join(directory, `filler.${fillers.length}`)))
  const free = () => fillers.splice(0).forEach(give => void give())
  await live({ ...open(directory, durability), directory, fill, free })
}

/** The index alone on the full disk: the values have one of their own. */
async function index(directory: string, durability: string): Promise<void> {
  const { watched, book } = open(directory, durability)
  await watched.tier.get('anything')
  mount('-t', 'tmpfs', '-o', 'size=32m,mode=0700', 'tmpfs', join(directory, 'values'))
  const filler = join(directory, 'filler')
  const fill = () => fillSpace(filler)
  await live({ watched, book, directory, fill, free: () => rmSync(filler) })
}

/** More than the disk holds, with a bound that is larger than the disk. */
async function tooLarge(directory: string): Promise<void> {
  const { watched, book } = open(directory, 'none')
  const outcomes = await sets(book, keysOf(600), 20_000)
  say('outcomes', tally(outcomes))
  say('goes on', await until(async () => isStored(book, watched)))
  say('some are served', (await book.hits(keysOf(600))) > 0)
  say('evicted', watched.tier.stats().evictions > 0)
  say('state', watched.tier.stats().state)
  say(
    'reasons',
    watched.events.map(event => ('error' in event ? String(event.error) : event.type)),
  )
  say('outages that ended', watched.types().filter(type => type === 'degraded').length)
  say('recoveries', watched.types().filter(type => type === 'recovered').length)
  await watched.tier.close()
  await reopen(book, directory, [])
}

/** Whether the tier is up and keeps what is set now. */
async function isStored(book: Book, { tier }: Watched): Promise<boolean> {
  await book.set('latest', 20_000)
  return (await book.get('latest')) && tier.stats().state === 'ok'
}

/** Runs `dies` in these mounts, frees the space, and reads what it left. */
async function killed(directory: string): Promise<void> {
  const { stdout, signal } = spawnSync(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), 'dies', directory],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  say('killed by', signal)
  const last = Object.assign(
    {},
    ...stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as object),
  )
  rmSync(join(directory, 'filler'))
  const { tier } = watchedTier({ directory, maxBytes: '64mb' })
  const back: string[] = []
  for (const key of kept) if (await tier.get(key)) back.push(key)
  const { deleted = [] } = last as { deleted?: string[] }
  say('acknowledged deletes', deleted.length)
  say(
    'deleted and back',
    back.filter(key => deleted.includes(key)),
  )
  await tier.reconciled()
  say('files without an entry', (await countValues(directory)) - (tier.stats().entries ?? 0))
  say('set afterwards', await outcomeOf(() => createBook(tier).set('key')))
  await tier.close()
}

async function dies(directory: string): Promise<void> {
  const { book, watched } = open(directory, 'data')
  await sets(book, kept)
  const deleted: string[] = []
  for (let round = 0; round < 3000 && !watched.has('degraded'); round += 1) {
    fillSpace(join(directory, 'filler'))
    await book.set('replaced')
  }
  for (const key of kept.slice(0, 20)) if ((await book.delete(key)) === 'ok') deleted.push(key)
  say('deleted', deleted)
  process.kill(process.pid, 'SIGKILL')
}

await play({ bytes, inodes, index, tooLarge, killed, dies })
