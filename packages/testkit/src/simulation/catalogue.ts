/** The keys of a mix: how each is written, and what names it. */
import type { Invalidation } from '@greenlang/core'
import type { KeyKind, Mix } from './mix.ts'

export interface CatalogueKey {
  readonly key: string
  readonly kind: KeyKind
  /** Found in the value: one for its group, one of its own that nobody invalidates. */
  readonly tags: readonly string[]
  /** Written together with it. */
  readonly group: readonly string[]
}

const groupSizes: Partial<Record<KeyKind, number>> = { tag: 2, pattern: 4 }

export function catalogueOf(mix: Mix): readonly CatalogueKey[] {
  const kinds = Object.entries(mix.kinds).flatMap(([kind, weight]) =>
    Array<KeyKind>(weight).fill(kind as KeyKind),
  )
  const kindOf = (index: number) => kinds[index % kinds.length] ?? 'key'
  const counts = new Map<KeyKind, number>()
  const named = Array.from({ length: mix.keys }, (_, index) => {
    const kind = kindOf(index)
    const count = counts.get(kind) ?? 0
    counts.set(kind, count + 1)
    const group = `${kind}${Math.floor(count / (groupSizes[kind] ?? 1))}`
    return { key: `${group}:${index}`, kind, group, tags: [group, `own${index}`] }
  })
  return named.map(one => ({
    ...one,
    group: named.filter(other => other.group === one.group).map(({ key }) => key),
  }))
}

/** What is invalidated after a commit. `noise`: a number that no other write has. */
export function invalidationOf(
  { key, kind, tags }: CatalogueKey,
  noise: number,
  mode: 'delete' | 'invalidate',
): Invalidation {
  const group = key.slice(0, key.indexOf(':'))
  if (kind === 'pattern') return { mode, pattern: `${group}:*` }
  const byTag = kind === 'tag' || (kind === 'negative' && noise % 2 === 0)
  if (byTag) return { mode, tags: [tags[0] ?? group, `noise${noise}`] }
  return { mode, keys: [key] }
}
