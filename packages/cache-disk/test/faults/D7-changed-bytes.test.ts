/** Row D7: single bytes of the index and of its log are changed between two lives. */
import { open as openFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Book } from './book.ts'
import { kept, marked, past } from './past.ts'
import { copyOf, watchedTier } from './support.ts'

async function flip(path: string, at: number): Promise<void> {
  const file = await openFile(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
  await file.write(Buffer.of((buffer[0] ?? 0) ^ 0xff), 0, 1, at)
  await file.close()
}

interface Life {
  /** Entries that were marked stale and are not any more. */
  readonly fresh: number
  readonly works: unknown
}

const works = { outcome: 'ok', isHit: true, state: 'ok', failures: 0 }

/** A life after one byte of `name` was changed. */
async function liveAfterFlip(source: string, name: string, at: number, book: Book): Promise<Life> {
  const directory = await copyOf(source)
  await flip(join(directory, name), at)
  const { tier } = watchedTier({ directory, maxBytes: '8mb' })
  book.reopen(tier)
  await book.hits(kept)
  let fresh = 0
  for (const key of marked) if ((await tier.get(key))?.invalidated === false) fresh += 1
  const outcome = await book.set('after')
  const isHit = await book.get('after')
  const { state, failures } = tier.stats()
  await tier.close()
  await rm(directory, { recursive: true })
  return { fresh, works: { outcome, isHit, state, failures } }
}

describe('one changed byte', () => {
  it('of the index, each 97th in turn: never a wrong value, and the tier works', async () => {
    const { directory, book } = await past()
    const { size } = await stat(join(directory, 'index.sqlite'))
    for (let at = 0; at < size; at += 97) {
      expect([at, await liveAfterFlip(directory, 'index.sqlite', at, book)]).toEqual([
        at,
        { fresh: 0, works },
      ])
      expect([at, book.wrong]).toEqual([at, []])
    }
  })

  // SQLite takes a damaged log for one that a kill cut short. So marks that only the log knew may be lost.
  it('of the log: never a wrong value, and the tier works', async () => {
    const { killed, book } = await past()
    const { size } = await stat(join(killed, 'index.sqlite-wal'))
    for (let part = 0; part < 60; part += 1) {
      const at = Math.floor((size * part) / 60) + part
      expect([at, await liveAfterFlip(killed, 'index.sqlite-wal', at, book)]).toMatchObject([at, { works }])
      expect([at, book.wrong]).toEqual([at, []])
    }
  })
})
