/** How one subject did against another, round by round. */
import { median, type Spread, spreadOf } from '../report/statistics.ts'
import type { Rounds } from './judge.ts'

export const costOf = ({ bySubject }: Rounds, id: string): number | undefined => {
  const measured = bySubject.get(id)
  return measured && median(measured.map(({ cost }) => cost))
}

export const hitShareOf = ({ bySubject }: Rounds, id: string): number | undefined =>
  medianOf(bySubject.get(id)?.flatMap(({ hitShare }) => hitShare ?? []))

const medianOf = (values: readonly number[] | undefined) => (values?.length ? median(values) : undefined)

/**
 * Speed of `id` by speed of `other`: 2 is twice as fast. Of a tail, its cost by the cost of the other: 2 is twice as slow.
 * One ratio a round, of the same round; `undefined` where one of them took no part.
 */
export function pairedRatios({ scenario, bySubject }: Rounds, id: string, other: string): Spread | undefined {
  const [own, theirs] = [bySubject.get(id), bySubject.get(other)]
  if (own === undefined || theirs === undefined) return undefined
  const ratios = own.flatMap(({ cost }, round) => {
    const otherCost = theirs[round]?.cost ?? Number.NaN
    // A difference below what can be measured comes out as nothing or less: that round tells nothing.
    if (!(cost > 0 && otherCost > 0)) return []
    return [scenario.isTail ? cost / otherCost : otherCost / cost]
  })
  return spreadOf(ratios)
}
