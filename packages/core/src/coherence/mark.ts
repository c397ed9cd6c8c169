/**
 * What everything that may speak against a private copy has come to: the ledger, what is on its way, trust. It rises with
 * each change of them. A copy that was judged good stays so while the mark does, as far as dates and the lease go.
 *
 * What names keys is not among it: the tiers themselves drop those.
 */
export interface Mark {
  now: number
}

/**
 * Two engines may share a tier, and must not take each other's marks for their own: they begin far apart.
 *
 * @param rises `false` for a mutant of the model.
 */
export function createMark(rises = true): Mark {
  const first = 1 + Math.floor(Math.random() * farthest)
  if (rises) return { now: first }
  return {
    get now() {
      return first
    },
    set now(_) {},
  }
}

/** Half of what a number counts exactly. */
const farthest = 2 ** 52
