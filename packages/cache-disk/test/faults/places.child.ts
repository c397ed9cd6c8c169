/** A directory that is deleted, or that somebody planted things in, under a running tier. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createBook, outcomeOf } from './book.ts'
import { keysOf, play, say, until, watchedTier } from './child.ts'

const kept = keysOf(20, 'kept')
const after = keysOf(20, 'after')

/** `part` of the directory goes, or moves away, while the tier runs. */
async function deleted(directory: string, part: string, how: string): Promise<void> {
  const home = join(directory, 'cache')
  const watched = watchedTier({ directory: home, maxBytes: '8mb' })
  const book = createBook(watched.tier)
  for (const key of kept) await book.set(key)
  if (how === 'moved') renameSync(join(home, part), join(directory, 'away'))
  else rmSync(join(home, part), { recursive: true })
  say('hits', await book.hits(kept))
  for (const key of keysOf(50, 'meanwhile')) await book.set(key)
  await book.hits(keysOf(50, 'meanwhile'))
  say('works', await until(async () => (await book.set('probe')) === 'ok' && (await book.get('probe'))))
  say('healed', await until(() => watched.tier.stats().state === 'ok'))
  for (const key of after) await book.set(key)
  say('hits after', await book.hits(after))
  say('events', watched.types())
  const second = watchedTier({ directory: home, maxBytes: '8mb' })
  say('a second tier', await outcomeOf(async () => second.tier.get('key')))
  await second.tier.close()
  await watched.tier.close()
  const next = watchedTier({ directory: home, maxBytes: '8mb' })
  book.reopen(next.tier)
  say('hits in the next life', await book.hits(after))
  await book.hits(kept)
  await next.tier.close()
  say('wrong', book.wrong)
}

/** A pipe in place of a value: opening one waits for who writes into it. */
async function pipe(directory: string): Promise<void> {
  const watched = watchedTier({ directory, maxBytes: '8mb' })
  const book = createBook(watched.tier)
  for (const length of [100, 200_000]) {
    await book.set('key', length)
    const [path = ''] = filesBelow(join(directory, 'values'))
    rmSync(path)
    execFileSync('mkfifo', [path])
    await book.get('key')
  }
  say('rejected', watched.tier.stats().rejected)
  say('set afterwards', await book.set('key'))
  say('hit afterwards', await book.get('key'))
  await watched.tier.close()
  say('wrong', book.wrong)
}

/** Links that lead out, planted while nobody owns the directory, and while the tier runs. */
async function links(directory: string): Promise<void> {
  const [home, outside] = [join(directory, 'cache'), join(directory, 'outside')]
  mkdirSync(outside, { mode: 0o700 })
  writeFileSync(join(outside, 'precious'), 'precious')
  const watched = watchedTier({ directory: home, maxBytes: '8mb' })
  const book = createBook(watched.tier)
  for (const key of kept) await book.set(key)
  const paths = filesBelow(join(home, 'values'))
  const plants = [
    (path: string) => path,
    (path: string) => dirname(path),
    (path: string) => dirname(dirname(path)),
  ]
  for (const [index, path] of paths.entries()) plantLink(plants[index % 3]?.(path) ?? path, outside)
  say('hits', (await book.hits(kept)) < kept.length)
  for (const key of [...kept, ...after]) await book.set(key)
  await book.hits([...kept, ...after])
  for (const key of kept) await book.delete(key)
  await watched.tier.clear()
  await watched.tier.close()
  const next = watchedTier({ directory: home, maxBytes: '8mb' })
  book.reopen(next.tier)
  for (const key of kept) await book.set(key)
  await next.tier.reconciled()
  await next.tier.vacuum()
  await book.hits(kept)
  await next.tier.close()
  say('outside', readdirSync(outside))
  say('precious', readFileSync(join(outside, 'precious'), 'utf8'))
  say('wrong', book.wrong)
}

/** In the place of `path` a link: to a file outside for a file, to the directory outside for a directory. */
function plantLink(path: string, outside: string): void {
  const isFile = path.includes('.')
  rmSync(path, { recursive: true, force: true })
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(isFile ? join(outside, 'precious') : outside, path)
}

/** Every fan-out directory, and names that a value might get, are links before the tier is first opened. */
async function planted(directory: string, name: string): Promise<void> {
  const [home, outside] = [join(directory, 'cache'), join(directory, 'outside')]
  mkdirSync(outside, { mode: 0o700 })
  mkdirSync(home, { mode: 0o700 })
  writeFileSync(join(outside, 'precious'), '')
  symlinkSync(name === 'values' ? outside : join(outside, 'precious'), join(home, name))
  const watched = watchedTier({ directory: home, maxBytes: '8mb' })
  const book = createBook(watched.tier)
  for (const key of kept) await book.set(key)
  await book.hits(kept)
  for (const key of kept) await book.delete(key)
  await watched.tier.close()
  say('outside', readdirSync(outside))
  say('precious', readFileSync(join(outside, 'precious'), 'utf8'))
  say(
    'wrong',
    book.wrong.filter(text => !/^get /.test(text)),
  )
}

/** The name of the next file of a key is a link already: for each of `kept`, many of the next numbers. */
async function names(directory: string): Promise<void> {
  const [home, outside] = [join(directory, 'cache'), join(directory, 'outside')]
  mkdirSync(outside, { mode: 0o700 })
  const watched = watchedTier({ directory: home, maxBytes: '8mb' })
  const book = createBook(watched.tier)
  for (const key of kept) await book.set(key)
  for (const path of filesBelow(join(home, 'values'))) {
    const stem = path.slice(0, path.lastIndexOf('.'))
    const first = Number.parseInt(path.slice(stem.length + 1), 36) + 1
    for (let number = first; number < first + 100; number += 1)
      symlinkIfFree(join(outside, 'made'), `${stem}.${number.toString(36)}`)
  }
  for (const key of kept) await book.set(key)
  await book.hits(kept)
  say('outside', readdirSync(outside))
  say('works', await until(async () => (await book.set('probe')) === 'ok' && (await book.get('probe'))))
  await watched.tier.close()
  say('wrong', book.wrong)
}

function symlinkIfFree(target: string, path: string): void {
  try {
    symlinkSync(target, path)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
  }
}

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}

await play({ deleted, pipe, links, planted, names })
