/** Holds the index of a directory as another program would, or is the tier that meets such a one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createBook, tally } from './book.ts'
import { keysOf, play, say, until, watchedTier } from './child.ts'
import { openSql } from './sql.ts'

const kept = keysOf(20, 'kept')

async function hold(directory: string): Promise<void> {
  const database = await openSql(join(directory, 'index.sqlite'))
  await database.exec('PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE')
  say('holds', true)
  await new Promise(resolve => process.stdin.once('end', resolve).resume())
  await database.close()
}

/** Starts `hold` in a process of its own; call the result to end it. */
async function startHolder(directory: string): Promise<() => Promise<void>> {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), 'hold', directory]
  const holder = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(createInterface(holder.stdout), 'line')
  return async () => {
    const exited = once(holder, 'exit')
    holder.stdin.end()
    await exited
  }
}

async function meet(directory: string): Promise<void> {
  const before = watchedTier({ directory, maxBytes: '8mb' })
  const book = createBook(before.tier)
  for (const key of kept) await book.set(key)
  await before.tier.close()
  const release = await startHolder(directory)
  const watched = watchedTier({ directory, maxBytes: '8mb', durability: 'data' })
  book.reopen(watched.tier)
  const hits = book.hits(kept)
  say('other work', await otherWork(directory))
  say('hits', await hits)
  say('outcomes', tally(await Promise.all(keysOf(200).map(key => book.set(key)))))
  await book.set('kept 0')
  say('state', watched.tier.stats().state)
  say('events meanwhile', watched.types())
  await release()
  say('healed', await until(async () => (await book.get('kept 1')) && watched.has('recovered')))
  say('hits after', await book.hits(kept.slice(1)))
  await book.get('kept 0')
  say('outcome after', await book.set('after'))
  say('events', watched.types())
  await watched.tier.close()
  say('wrong', book.wrong)
}

/** A hundred writes and reads of other files, as many at once as there are threads for. */
async function otherWork(directory: string): Promise<number> {
  const paths = keysOf(100, 'other').map(name => join(directory, name))
  const texts = paths.map(async path => {
    await writeFile(path, path)
    return (await readFile(path, 'utf8')) === path
  })
  return (await Promise.all(texts)).filter(Boolean).length
}

await play({ hold, meet })
