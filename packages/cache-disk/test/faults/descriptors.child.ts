/** A process with few file descriptors, and with none left. */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import type { DiskOptions } from '../../src/index.ts'
import { createBook, tally } from './book.ts'
import { keysOf, play, say, until, watchedTier } from './child.ts'

type Durability = NonNullable<DiskOptions['durability']>

/** Takes all descriptors that are left; returns what gives them back. */
function takeAll(): () => void {
  const taken: number[] = []
  for (;;) {
    try {
      taken.push(openSync('/dev/null', 'r'))
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EMFILE') throw error
      return () => taken.splice(0).forEach(file => void closeSync(file))
    }
  }
}

/** Five hundred calls at once, twice: values of 100 kB are written and read asynchronously. */
async function crowd(book: ReturnType<typeof createBook>, prefix: string): Promise<void> {
  const keys = keysOf(250, prefix)
  const sets = keys.map((key, index) => book.set(key, index % 2 === 0 ? 100 : 100_000))
  const gets = keys.map(key => book.get(`other ${key}`))
  say(`${prefix}: outcomes`, Object.keys(tally(await Promise.all(sets))))
  await Promise.all(gets)
  const found = await Promise.all(keys.map(key => book.get(key)))
  say(`${prefix}: hits`, found.filter(Boolean).length)
}

async function few(directory: string, durability: string): Promise<void> {
  const watched = watchedTier({ directory, maxBytes: '64mb', durability: durability as Durability })
  const book = createBook(watched.tier)
  await crowd(book, 'few')
  const giveBack = takeAll()
  await crowd(book, 'none')
  say('failures', watched.tier.stats().failures > 0)
  say('state', watched.tier.stats().state)
  giveBack()
  say('healed', await until(() => watched.tier.stats().state === 'ok'))
  const after = keysOf(250, 'after')
  for (const [index, key] of after.entries()) await book.set(key, index % 2 === 0 ? 100 : 100_000)
  say('after: hits', await book.hits(after))
  const types = watched.types()
  say(
    'alternating',
    types.every((type, at) => type === (at % 2 === 0 ? 'degraded' : 'recovered')),
  )
  say('ends well', types.length % 2 === 0)
  say('rejected', watched.tier.stats().rejected)
  await watched.tier.close()
  say('left open', filesBelow(directory))
  const next = watchedTier({ directory, maxBytes: '64mb' })
  book.reopen(next.tier)
  say('next: hits', await book.hits(keysOf(250, 'after')))
  await next.tier.close()
  say('wrong', book.wrong)
}

/** The tier is opened when none is left. */
async function none(directory: string): Promise<void> {
  const watched = watchedTier({ directory, maxBytes: '64mb', durability: 'data' })
  const book = createBook(watched.tier)
  const giveBack = takeAll()
  say('outcomes', tally(await Promise.all(keysOf(50).map(key => book.set(key)))))
  say('hits', await book.hits(keysOf(50)))
  say('state', watched.tier.stats().state)
  say('events meanwhile', watched.types())
  giveBack()
  say('healed', await until(async () => (await book.set('key')) === 'ok'))
  say('outcome after', await book.set('after'))
  say('events', watched.types())
  await watched.tier.close()
  say('left open', filesBelow(directory))
  say('wrong', book.wrong)
}

/** How many files below `directory` are held open. */
function filesBelow(directory: string): number {
  return readdirSync('/proc/self/fd').filter(name => linkOf(name).startsWith(directory)).length
}

function linkOf(name: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${name}`)
  } catch {
    return ''
  }
}

// Not before: the loader opens all sources at once.
await import('sqlite3')
execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=40:40'])
// Those above the limit stay open.
say('began', readdirSync('/proc/self/fd').filter(name => Number(name) >= 40).length)
await play({ few, none })
