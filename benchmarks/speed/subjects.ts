/** Who runs: a kind of cache, with or without expiry, each in a process of its own. */
import { defaultEviction, evictions } from '../eviction.ts'
import type { Maker } from './cache.ts'
import { mapMaker, ringMaker } from './floors.ts'
import { entryTierMaker, tierMaker } from './ours.ts'
import { lruCacheMaker, quickLruMaker, tinyLruMaker } from './rivals.ts'

export const floors = ['map', 'map-ring'] as const
export type Floor = (typeof floors)[number]

export const rival = 'lru-cache'

/** `ttl`: entries expire after 5 minutes; `endless`: the cache was told of no expiry. */
export const lives = ['ttl', 'endless'] as const
export type Life = (typeof lives)[number]

export const ttlMsOf: Readonly<Record<Life, number>> = { ttl: 300_000, endless: Number.POSITIVE_INFINITY }

export interface SubjectId {
  readonly name: string
  readonly life: Life
}

const makers: Readonly<Record<string, Maker>> = {
  map: mapMaker,
  'map-ring': ringMaker,
  [rival]: lruCacheMaker,
  'tiny-lru': tinyLruMaker,
  'quick-lru': quickLruMaker,
}

/** The default with values in entries of `createEntry`; it takes part where there is a set. */
export const byEntry = 'default by entry'

const measured = ['default', 'lru', 'sieve']

export const ourNames: readonly string[] = [...evictions.filter(name => measured.includes(name)), byEntry]

export const rivalNames: readonly string[] = Object.keys(makers).filter(name => !isFloor(name))

export function makerOf(name: string): Maker {
  if (Object.hasOwn(makers, name)) return makers[name] as Maker
  return name === byEntry ? entryTierMaker(defaultEviction) : tierMaker(name)
}

export function isFloor(name: string): name is Floor {
  return (floors as readonly string[]).includes(name)
}

export const idOf = ({ name, life }: SubjectId): string => (isFloor(name) ? name : `${name}/${life}`)

/** Floors know no expiry: they run once. */
export function allSubjects(names: readonly string[]): readonly SubjectId[] {
  return [
    ...floors.map(name => ({ name, life: 'endless' as const })),
    ...lives.flatMap(life => names.map(name => ({ name, life }))),
  ]
}
