/** The keys of a trial: how each is written, and what names it. Every process makes the same list. */
import type { Invalidation, InvalidationMode } from '@greenlang/core'
import type { KeyKind, Plan } from './plan.ts'

export interface CatalogueKey {
  readonly index: number
  readonly key: string
  readonly kind: KeyKind
  /** Found in the value: one for its group, one of its own that nobody invalidates. */
  readonly tags: readonly string[]
  /** Written together with it. */
  readonly group: readonly string[]
}

const groupSizes: Readonly<Partial<Record<KeyKind, number>>> = { tag: 2, pattern: 4 }

export function catalogueOf({ kinds, keys }: Pick<Plan, 'kinds' | 'keys'>): readonly CatalogueKey[] {
  const cycle = Object.entries(kinds).flatMap(([kind, weight]) =>
    Array<KeyKind>(weight).fill(kind as KeyKind),
  )
  const counts = new Map<KeyKind, number>()
  const named = Array.from({ length: keys }, (_, index) => {
    const kind = cycle[index % cycle.length] ?? 'key'
    const count = counts.get(kind) ?? 0
    counts.set(kind, count + 1)
    const group = `${kind}${Math.floor(count / (groupSizes[kind] ?? 1))}`
    return { index, key: `${group}:${index}`, kind, group, tags: [group, `own${index}`] }
  })
  const groups = new Map<string, string[]>()
  for (const { group, key } of named) groups.set(group, [...(groups.get(group) ?? []), key])
  return named.map(one => ({ ...one, group: groups.get(one.group) ?? [] }))
}

/** What is invalidated after a commit. `noise`: a number that no other write has. */
export function invalidationOf({ key, kind, tags }: CatalogueKey, noise: number): Invalidation {
  const mode: InvalidationMode = noise % 2 === 0 ? 'delete' : 'invalidate'
  const group = key.slice(0, key.indexOf(':'))
  if (kind === 'pattern') return { mode, pattern: `${group}:*` }
  if (kind === 'tag' || (kind === 'negative' && noise % 4 < 2))
    return { mode, tags: [tags[0] ?? group, `noise${noise}`] }
  return { mode, keys: [key] }
}
