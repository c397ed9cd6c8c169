/**
 * Two writers of one key at nearly the same time, in two processes: each worker draws the same moments from the seed,
 * and writes where it is one of the two.
 */
import { seededRandom } from '@greenlang/testkit'
import type { CatalogueKey } from './catalogue.ts'
import { now } from './now.ts'
import type { Plan } from './plan.ts'
import type { Span } from './worker-job.ts'

export interface TwinOptions {
  readonly plan: Plan
  /** Of this worker. */
  readonly number: number
  readonly span: Span
  /** Keys that are set with a version. */
  readonly sets: readonly CatalogueKey[]
  readonly write: (key: CatalogueKey) => void
}

/** Of the writes of such a key, part that comes in twos. */
const twinShare = 0.3
const withinMs = 6

export function runTwins({ plan, number, span, sets, write }: TwinOptions): void {
  const random = seededRandom(plan.seed)
  const meanMs = plan.rewriteMs / (sets.length * twinShare)
  let at = span.begunAt
  const next = () => {
    at -= Math.log(1 - random()) * meanMs
    const [key, first, laterMs] = [
      sets[Math.floor(random() * sets.length)],
      Math.floor(random() * plan.workers),
      random() * withinMs,
    ]
    if (key === undefined || at >= span.endsAt) return
    const second = (first + 1) % plan.workers
    const mine = number === first ? 0 : number === second ? laterMs : undefined
    const waitMs = at - now()
    // A worker that began later has missed some.
    if (waitMs < 0) return void setImmediate(next)
    setTimeout(() => {
      if (mine !== undefined) setTimeout(write, mine, key)
      next()
    }, waitMs)
  }
  next()
}
