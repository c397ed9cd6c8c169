/** The index is damaged while the tier has it open: in a process of its own, for such a thing can end one. */
import { closeSync, fstatSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createBook, outcomeOf, tally } from './book.ts'
import { countValues, keysOf, play, say, until, watchedTier } from './child.ts'

const kept = keysOf(200, 'kept')
const after = keysOf(20, 'after')

/** Without a change of its length. */
function overwrite(path: string, byte: (at: number) => number): void {
  const file = openSync(path, 'r+')
  const { size } = fstatSync(file)
  writeSync(file, Buffer.from(Array.from({ length: size }, (_, at) => byte(at))), 0, size, 0)
  closeSync(file)
}

const zero = (path: string) => overwrite(path, () => 0)
const garble = (path: string) => overwrite(path, at => (at * 7919 + 13) % 251)

const damages: Readonly<Record<string, (path: string) => void>> = {
  'index zeroed': zero,
  'index garbage': garble,
  'index cut': path => truncateSync(path, 5000),
  'index empty': path => truncateSync(path, 0),
  'index deleted': path => rmSync(path),
  'log zeroed': path => zero(`${path}-wal`),
  'log garbage': path => garble(`${path}-wal`),
  'log empty': path => truncateSync(`${path}-wal`, 0),
  'log deleted': path => rmSync(`${path}-wal`),
  'all garbage': path => {
    garble(path)
    garble(`${path}-wal`)
  },
  'all deleted': path => {
    rmSync(path)
    rmSync(`${path}-wal`)
  },
}

async function damaged(directory: string, how: string): Promise<void> {
  const watched = watchedTier({ directory, maxBytes: '16mb', durability: 'data' })
  const { tier } = watched
  const book = createBook(tier)
  for (const key of kept) await book.set(key)
  await tier.vacuum()
  for (const key of kept.slice(0, 50)) await book.set(key)
  damages[how]?.(join(directory, 'index.sqlite'))
  const outcomes: string[] = []
  for (let round = 0; round < 3; round += 1) {
    outcomes.push(...(await Promise.all(keysOf(300).map(key => book.set(key)))))
    await book.hits(kept)
    outcomes.push(await book.delete(`kept ${round}`))
    outcomes.push(await outcomeOf(() => tier.topKeys(10)), await outcomeOf(() => tier.vacuum()))
  }
  say('outcomes', tally(outcomes))
  say('works', await until(async () => (await book.set('probe')) === 'ok' && (await book.get('probe'))))
  say('set after', tally(await Promise.all(after.map(key => book.set(key)))))
  say('hits after', await book.hits(after))
  say('noticed', watched.types())
  say('close', await outcomeOf(async () => tier.close()))
  await nextLives(book, directory)
}

async function nextLives(book: ReturnType<typeof createBook>, directory: string): Promise<void> {
  for (const life of ['second', 'third']) {
    const watched = watchedTier({ directory, maxBytes: '16mb', durability: 'data' })
    book.reopen(watched.tier)
    say(`hits in the ${life} life`, await book.hits(after))
    await book.hits(kept)
    await watched.tier.reconciled()
    say(
      `files without an entry, ${life}`,
      (await countValues(directory)) - (watched.tier.stats().entries ?? 0),
    )
    for (const key of after) await book.set(key)
    say(`events of the ${life} life`, watched.types())
    await watched.tier.close()
  }
  say('wrong', book.wrong)
}

await play({ damaged })
