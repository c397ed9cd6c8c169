/** What many points come to, subject by subject. */
import { mean } from '../report/statistics.ts'
import { optimum, type Point } from './simulate.ts'

export interface Summary {
  readonly subject: string
  /** Of hits, in percent, over points: each trace has as many of them as any other. */
  readonly meanHits: number
  /** Percent of Belady's hits; points at which he has none are left out. */
  readonly ofOptimum: number
  /** Points below the best online subject at each point, in percentage points. */
  readonly meanRegret: number
  /** Percent of the baseline's misses that are no misses here. */
  readonly missesCut: number
  /** The point at which it gains least on the baseline, or loses most. */
  readonly worst: { readonly difference: number; readonly point: Point } | undefined
}

/** `subjects` are the online ones: the best of a point is the best of them. */
export function summarize(
  points: readonly Point[],
  subjects: readonly string[],
  baseline: string,
): readonly Summary[] {
  return subjects.map(subject => {
    const of = (name: string) => (point: Point) => point.hits[name] as number
    const withOptimum = points.filter(point => of(optimum)(point) > 0)
    const share = (point: Point) => (100 * of(subject)(point)) / of(optimum)(point)
    const comparable = subjects.includes(baseline) ? points : []
    return {
      subject,
      meanHits: mean(points.map(of(subject))),
      ofOptimum: mean(withOptimum.map(share)),
      meanRegret: mean(points.map(point => bestHits(point, subjects) - of(subject)(point))),
      missesCut: mean(comparable.flatMap(point => missesCut(of(subject)(point), of(baseline)(point)))),
      worst: worstOf(comparable, point => of(subject)(point) - of(baseline)(point)),
    }
  })
}

export function bestHits(point: Point, subjects: readonly string[]): number {
  return Math.max(...subjects.map(subject => point.hits[subject] as number))
}

/** None where the baseline misses nothing. */
function missesCut(hits: number, baselineHits: number): number[] {
  const misses = 100 - baselineHits
  return misses > 0 ? [(100 * (hits - baselineHits)) / misses] : []
}

function worstOf(points: readonly Point[], differenceAt: (point: Point) => number): Summary['worst'] {
  let worst: Summary['worst']
  for (const point of points) {
    const difference = differenceAt(point)
    if (worst === undefined || difference < worst.difference) worst = { difference, point }
  }
  return worst
}
