/** Reads of a worker: open-loop, one a turn of the event loop, each told to the recorder. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CatalogueKey } from './catalogue.ts'
import type { Loader } from './loader.ts'
import { now } from './now.ts'
import type { Recorder } from './record.ts'
import type { Subject, SubjectAnswer } from './subject.ts'

export interface ReaderOptions {
  readonly subject: Subject
  readonly loader: Loader
  readonly recorder: Recorder
  readonly random: () => number
  readonly catalogue: readonly CatalogueKey[]
  readonly popular: () => number
  readonly readsPerSecond: number
}

export interface Reader {
  /** Until that moment. */
  start(endsAt: number): void
  /** Every key, for the last time. */
  readAll(): Promise<void>
  readonly open: number
}

export const tickMs = 4
/** Shorter lags are not told. */
const noticedLagMs = 1
/** After a stop the reads that were due come at once; older ones are left out. */
const longestBacklogMs = 500
/** Where the key of a value is not the one that was asked for: no such version was ever written. */
const foreignVersion = 2 ** 40
const getShare = 0.15
const finalsAtOnce = 20
/** Some rivals never answer after all that: their last reads are given up, one by one and then altogether. */
const finalReadMs = 10_000
const finalReadsMs = 30_000

export function createReader(options: ReaderOptions): Reader {
  const { catalogue, popular, recorder, readsPerSecond } = options
  let open = 0
  const read = async (chosen: CatalogueKey | undefined, final: boolean) => {
    if (chosen === undefined) return
    open += 1
    const startedAt = now()
    try {
      const answer = await ask(options, chosen, final)
      if (answer) tell(recorder, { chosen, answer, startedAt, final })
    } catch {
      recorder.failed(chosen.index, startedAt, now())
    } finally {
      open -= 1
    }
  }
  return {
    get open() {
      return open
    },
    start(endsAt) {
      let due = now()
      let ticked = due
      const ticking = setInterval(() => {
        const at = now()
        if (at >= endsAt) return clearInterval(ticking)
        if (at - ticked > noticedLagMs + tickMs) recorder.lag(at, at - ticked - tickMs)
        ticked = at
        due = Math.max(due, at - longestBacklogMs)
        for (; due < at; due += 1_000 / readsPerSecond) setImmediate(() => read(catalogue[popular()], false))
      }, tickMs)
    },
    async readAll() {
      const until = now() + finalReadsMs
      for (let from = 0; from < catalogue.length && now() < until; from += finalsAtOnce) {
        const reads = catalogue.slice(from, from + finalsAtOnce).map(chosen => read(chosen, true))
        await Promise.race([Promise.all(reads), sleep(finalReadMs, undefined, { ref: false })])
      }
    },
  }
}

function ask(
  { subject, loader, random }: ReaderOptions,
  chosen: CatalogueKey,
  final: boolean,
): Promise<SubjectAnswer | undefined> {
  const { key, kind } = chosen
  if (!final && random() < getShare) return subject.get(key)
  const read = { key, load: () => loader.load(chosen) }
  return kind === 'claim' && random() < 0.5 ? subject.claim(read) : subject.getOrSet(read)
}

interface Told {
  readonly chosen: CatalogueKey
  readonly answer: SubjectAnswer
  readonly startedAt: number
  readonly final: boolean
}

function tell(recorder: Recorder, { chosen, answer, startedAt, final }: Told): void {
  const { value, source, stale } = answer
  const own = value === undefined || value.key === chosen.key
  recorder.read({
    key: chosen.index,
    startedAt,
    endedAt: now(),
    version: own ? value?.version : foreignVersion,
    madeAt: stale === 'failed' || stale === 'slow' ? undefined : value?.madeAt,
    source,
    excused: stale === 'failed' || stale === 'cut',
    final,
  })
}
