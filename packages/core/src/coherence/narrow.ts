import type { Parts } from './parts.ts'

/** The same engine over some of its tiers, by name, for one call: the others are neither asked nor given anything. */
export type Narrow = (names: readonly string[] | undefined) => Parts

/** Past so many choices of tiers, which only a mistake would make, each is made anew. */
const mostChoices = 64

export function createNarrow(parts: Parts): Narrow {
  const chosen = new Map<string, Parts>()
  return names => {
    if (names === undefined) return parts
    const name = JSON.stringify(names)
    const known = chosen.get(name)
    if (known) return known
    const narrowed = { ...parts, tiers: parts.tiers.filter(tier => names.includes(tier.name)) }
    if (chosen.size < mostChoices) chosen.set(name, narrowed)
    return narrowed
  }
}
