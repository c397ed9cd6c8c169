/** Waits for a directory, owns it, says what it reads in it, and works on it at random until it is killed. */
import { createEntry } from '@greenlang/core'
import { seededRandom } from '@greenlang/testkit'
import type { DiskOptions } from '../../src/index.ts'
import { numberIn, outcomeOf, textOf } from './book.ts'
import { keysOf, play, say, until, watchedTier } from './child.ts'

type Durability = NonNullable<DiskOptions['durability']>
type Watched = ReturnType<typeof watchedTier>

const keys = keysOf(60)
const lanes = 6

async function work(directory: string, life: string, seed: string, durability: string): Promise<void> {
  const watched = watchedTier({ directory, maxBytes: '64mb', durability: durability as Durability })
  const refused = await outcomeOf(async () => watched.tier.get('key'))
  say('asked', refused)
  const isOwner = await until(async () => (await outcomeOf(async () => watched.tier.get('key'))) === 'ok')
  say('owner', isOwner)
  say('read', await Promise.all(keys.map(async key => [key, await readNumber(watched, key)])))
  const random = seededRandom(Number(seed))
  let number = Number(life) * 1_000_000
  const next = () => {
    number += 1
    return number
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => workLane({ watched, random, next, lane })))
}

/** -1 for what no `set` ever stored. */
async function readNumber({ tier }: Watched, key: string): Promise<number | null> {
  const found = await tier.get(key)
  return found ? (numberIn(key, found.value) ?? -1) : null
}

interface Lane {
  readonly watched: Watched
  readonly random: () => number
  readonly lane: number
  next(): number
}

/** Keys of a lane are its own, so that the order of its calls is the order of their effects. */
async function workLane({ watched: { tier }, random, next, lane }: Lane): Promise<never> {
  const own = keys.filter((_, index) => index % lanes === lane)
  for (;;) {
    const key = own[Math.floor(random() * own.length)] ?? ''
    const number = random() < 0.2 ? null : next()
    const length = random() < 0.1 ? 70_000 : Math.floor(random() * 2000)
    say('begun', [key, number])
    if (number === null) await tier.deleteMany([key])
    else await tier.set(key, createEntry(textOf(key, number, length), { ttl: '7d' }))
    say('done', [key, number])
  }
}

await play({ work })
