/** Writes of a worker: a commit, then what its kind tells the cache. Open-loop; one at a time for one key. */
import { type CatalogueKey, invalidationOf } from './catalogue.ts'
import type { DatabaseClient } from './database-client.ts'
import type { Commit } from './database-server.ts'
import { sourceValue } from './loader.ts'
import { now } from './now.ts'
import type { Plan } from './plan.ts'
import type { Recorder } from './record.ts'
import type { Subject } from './subject.ts'
import { runTwins } from './twins.ts'
import type { Span } from './worker-job.ts'

export interface WriterOptions {
  readonly plan: Plan
  /** Of the worker. */
  readonly number: number
  readonly subject: Subject
  readonly database: DatabaseClient
  readonly recorder: Recorder
  readonly random: () => number
  readonly catalogue: readonly CatalogueKey[]
}

export interface Writer {
  start(span: Span): void
  /** A commit to every row, then everything is invalidated. */
  clear(): Promise<void>
  readonly open: number
}

/** Part of the writes of a versioned key that invalidate with the version, and set nothing. */
const versionedShare = 0.2
const noises = 2 ** 30

export function createWriter(options: WriterOptions): Writer {
  return new OpenLoopWriter(options)
}

type Tell = (commits: readonly Commit[]) => Promise<boolean>

class OpenLoopWriter implements Writer {
  open = 0
  readonly #options: WriterOptions
  readonly #own: readonly CatalogueKey[]
  readonly #weight: number
  readonly #busy = new Set<string>()

  constructor(options: WriterOptions) {
    const { catalogue, plan, number } = options
    this.#options = options
    this.#own = catalogue.filter(({ kind, index }) => kind !== 'plain' || writerOf(index, plan) === number)
    this.#weight = this.#own.reduce((sum, one) => sum + weightOf(one, plan), 0)
  }

  start(span: Span): void {
    const { plan, number, catalogue, random } = this.#options
    const sets = catalogue.filter(({ kind }) => kind === 'set')
    runTwins({ plan, number, span, sets, write: one => void this.#write(one) })
    const meanMs = (plan.rewriteMs * plan.workers) / this.#weight
    const next = () => {
      const waitMs = -Math.log(1 - random()) * meanMs
      if (now() + waitMs >= span.endsAt) return
      setTimeout(() => {
        void this.#write(this.#pick())
        next()
      }, waitMs)
    }
    next()
  }

  clear(): Promise<void> {
    const { catalogue, subject } = this.#options
    // What is `set` keeps to its own discipline: a clear names no version.
    const keys = catalogue.filter(({ kind }) => kind !== 'set' && kind !== 'plain').map(({ key }) => key)
    return this.#change(keys, false, () => subject.invalidate({ mode: 'delete', all: true }, keys))
  }

  async #write(chosen: CatalogueKey | undefined): Promise<void> {
    // The order of two writes of this process is not at stake: a writer waits for its own.
    if (chosen === undefined || this.#busy.has(chosen.key)) return
    const { key, kind, group } = chosen
    const absent = kind === 'negative' && this.#options.random() < 0.5
    const keys = kind === 'set' || kind === 'plain' ? [key] : group
    this.#busy.add(key)
    await this.#change(keys, absent, commits => tellOf(this.#options, chosen, commits))
    this.#busy.delete(key)
  }

  async #change(keys: readonly string[], absent: boolean, tell: Tell): Promise<void> {
    this.open += 1
    try {
      await commitAndTell(this.#options, { keys, absent, tell })
    } finally {
      this.open -= 1
    }
  }

  #pick(): CatalogueKey | undefined {
    let left = this.#options.random() * this.#weight
    return this.#own.find(one => {
      left -= weightOf(one, this.#options.plan)
      return left <= 0
    })
  }
}

/** Groups are written whole, so each of its keys is chosen less often; keys of one writer as often as those of all. */
function weightOf({ kind, group }: CatalogueKey, { workers }: Plan): number {
  return kind === 'plain' ? workers : 1 / group.length
}

function writerOf(index: number, { workers }: Plan): number {
  return index % workers
}

function tellOf(
  { subject, random }: WriterOptions,
  chosen: CatalogueKey,
  commits: readonly Commit[],
): Promise<boolean> {
  const { key, kind, group } = chosen
  const version = commits[0]?.version ?? 0
  if (kind === 'set' && random() < versionedShare)
    return subject.invalidate({ mode: 'delete', keys: [key] }, [key], version)
  if (kind === 'set') return subject.set({ key, value: sourceValue(key, version), version })
  if (kind === 'plain') return subject.set({ key, value: sourceValue(key, version), version: undefined })
  return subject.invalidate(invalidationOf(chosen, Math.floor(random() * noises)), group)
}

interface Change {
  readonly keys: readonly string[]
  readonly absent: boolean
  readonly tell: Tell
}

async function commitAndTell(
  { database, recorder }: WriterOptions,
  { keys, absent, tell }: Change,
): Promise<void> {
  const commits = await database.commit(keys, absent)
  const calledAt = now()
  const acknowledged = await tell(commits).catch(() => false)
  const returnedAt = now()
  for (const { number } of commits)
    recorder.write({
      commit: number,
      calledAt,
      acknowledgedAt: acknowledged ? returnedAt : undefined,
      returnedAt,
    })
}
