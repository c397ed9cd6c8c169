/** Runs traces through caches of several capacities, and through Belady's. */
import { setImmediate } from 'node:timers/promises'
import { belady, nextRequests } from './belady.ts'
import type { Subject } from './subjects.ts'
import type { Trace } from './trace.ts'

/** What came of one trace at one capacity. */
export interface Point {
  readonly trace: string
  /** Percent of the different keys that fit. */
  readonly percent: number
  readonly capacity: number
  /** Percent of requests, by subject; `optimum` is Belady's. */
  readonly hits: Readonly<Record<string, number>>
  /** Percent of bytes, where the trace has sizes. */
  readonly byteHits?: Readonly<Record<string, number>>
}

export const optimum = 'optimum'

/** At least one entry: a cache of none is no cache. */
export const capacityOf = (unique: number, percent: number): number =>
  Math.max(1, Math.round((unique * percent) / 100))

export interface Plan {
  readonly subjects: readonly Subject[]
  readonly percents: readonly number[]
  /** Before each run. */
  readonly onRun?: (what: string) => void
}

export async function simulate(trace: Trace, plan: Plan): Promise<readonly Point[]> {
  const { subjects, percents, onRun } = plan
  const keys = Array.from({ length: trace.unique }, (_, number) => `workflow:${number}`)
  const next = nextRequests(trace)
  const points: Point[] = []
  for (const percent of percents) {
    const capacity = capacityOf(trace.unique, percent)
    const counts = new Map([[optimum, belady(trace, capacity, next)]])
    for (const subject of subjects) {
      onRun?.(`${trace.name} ${percent} % ${subject.name}`)
      counts.set(subject.name, runOnline(trace, keys, subject.create(capacity)))
      // Timers and turn-long readings of clocks end here.
      await setImmediate()
    }
    points.push(pointOf(trace, { percent, capacity }, counts))
  }
  return points
}

interface Counts {
  readonly hits: number
  readonly hitBytes: number
}

function runOnline(trace: Trace, keys: readonly string[], runner: ReturnType<Subject['create']>): Counts {
  const { requests, sizes } = trace
  let [hits, hitBytes] = [0, 0]
  for (const number of requests)
    if (runner.request(keys[number] as string)) {
      hits += 1
      if (sizes) hitBytes += sizes[number] as number
    }
  runner.close()
  return { hits, hitBytes }
}

function pointOf(
  { name, requests, sizes }: Trace,
  at: { readonly percent: number; readonly capacity: number },
  counts: ReadonlyMap<string, Counts>,
): Point {
  const shares = (count: (one: Counts) => number, total: number) =>
    Object.fromEntries([...counts].map(([subject, one]) => [subject, (100 * count(one)) / total]))
  const point = { trace: name, ...at, hits: shares(one => one.hits, requests.length) }
  if (!sizes) return point
  const bytes = requests.reduce((sum, number) => sum + (sizes[number] as number), 0)
  return { ...point, byteHits: shares(one => one.hitBytes, bytes) }
}
