/** Who reads and writes what, when: open-loop, with a skew over keys. Every read and write goes into the history. */
import type { Loaded } from '@greenlang/core/coherence'
import type { HistoryWrite } from '../coherence/history-types.ts'
import { type CatalogueKey, catalogueOf, invalidationOf } from './catalogue.ts'
import type { Row } from './database.ts'
import type { Machine } from './machine.ts'
import { createPopularity } from './popularity.ts'
import type { Subject, SubjectAnswer } from './subject.ts'
import type { Trial } from './trial.ts'

/** A value as the source gave it. */
export interface SourceValue {
  readonly key: string
  readonly version: number
  /** When the load ended, in virtual time. */
  readonly madeAt: number
}

interface OpenWrite {
  readonly row: Row
  readonly process: number
  readonly committedAt: number
  acknowledgedAt: number | undefined
  returnedAt: number | undefined
}

export interface Workload {
  start(): void
  /** A life of a machine ends: what it had not acknowledged is promised to nobody. */
  orphan(machine: Machine): void
  /** Invalidates everything, after a commit to every row. */
  clear(machine: Machine): void
  /** Every process reads every key, once all has come to rest. */
  readAll(): void
  /** Tells the history the writes; their acknowledgements are known only now. */
  finish(): void
  readonly loads: number
  readonly failedReads: number
  /** Reads that began in a life that still runs, and never ended. */
  readonly hung: number
}

const millisecond = 1
const getShare = 0.15
/** Part of the sets that another process follows up at once: two writers of one key. */
const twinShare = 0.3
const twinWithinMs = 6
/** Part of the writes of a versioned key that invalidate with the version, and set nothing. */
const versionedShare = 0.2

export function createWorkload(trial: Trial): Workload {
  return new SkewedWorkload(trial)
}

class SkewedWorkload implements Workload {
  loads = 0
  failedReads = 0
  readonly #trial: Trial
  readonly #catalogue: readonly CatalogueKey[]
  readonly #popular: (machine: Machine) => CatalogueKey | undefined
  readonly #writes: OpenWrite[] = []
  /** The life of each read that has not ended. */
  readonly #open = new Map<symbol, { readonly dead: boolean }>()
  #noise = 0

  constructor(trial: Trial) {
    this.#trial = trial
    this.#catalogue = catalogueOf(trial.mix)
    this.#popular = createPopularity(trial, this.#catalogue)
  }

  get hung(): number {
    return [...this.#open.values()].filter(({ dead }) => !dead).length
  }

  start(): void {
    const { mix, machines } = this.#trial
    for (const machine of machines)
      this.#repeat(1000 / mix.readsPerSecond, () => this.#read(machine, this.#popular(machine)))
    this.#repeat(mix.rewriteMs / mix.keys, () => this.#writeAny())
  }

  orphan(machine: Machine): void {
    for (const write of this.#writes)
      if (write.process === processOf(machine) && write.acknowledgedAt === undefined)
        this.#trial.orphaned.add(write.row.key)
  }

  clear(machine: Machine): void {
    this.#onMachine(machine, subject => {
      const keys = this.#catalogue.map(({ key }) => key)
      void this.#write(machine, keys, false, () => subject.invalidate({ mode: 'delete', all: true }, keys))
    })
  }

  readAll(): void {
    const { world, machines } = this.#trial
    for (const machine of machines)
      this.#catalogue.forEach((one, index) => {
        world.at(world.now + index * millisecond, () => this.#read(machine, one, true))
      })
  }

  finish(): void {
    const { history, cutHistory } = this.#trial
    for (const { row, acknowledgedAt, returnedAt, ...rest } of this.#writes) {
      const write: HistoryWrite = { ...rest, key: row.key, version: row.version, absent: row.absent }
      const told = {
        ...write,
        ...(acknowledgedAt === undefined ? {} : { acknowledgedAt }),
        ...(returnedAt === undefined ? {} : { returnedAt }),
      }
      history.write(told)
      cutHistory.write(told)
    }
    history.loads(this.loads)
  }

  #repeat(meanMs: number, action: () => void): void {
    const { world, endsAt } = this.#trial
    const next = () => {
      const due = world.now - Math.log(1 - world.random()) * meanMs
      if (due >= endsAt) return
      world.at(due, () => {
        action()
        next()
      })
    }
    next()
  }

  #onMachine(machine: Machine, action: (subject: Subject) => void): void {
    const { world, subjects } = this.#trial
    const { actor } = machine
    world.at(
      world.now,
      () => {
        const subject = subjects[machine.number]
        if (subject && machine.actor === actor) action(subject)
      },
      actor,
    )
  }

  // Writes.

  #writeAny(): void {
    const { world, machines } = this.#trial
    const chosen = this.#catalogue[Math.floor(world.random() * this.#catalogue.length)]
    const machine = machines[Math.floor(world.random() * machines.length)]
    if (chosen === undefined || machine === undefined || world.random() * chosen.group.length > 1) return
    this.#onMachine(machine, subject => this.#writeOn(machine, subject, chosen))
    const other = machines[(machine.number + 1) % machines.length]
    if (chosen.kind !== 'set' || other === undefined || world.random() > twinShare) return
    world.at(world.now + world.random() * twinWithinMs, () => {
      this.#onMachine(other, subject => this.#writeOn(other, subject, chosen))
    })
  }

  #writeOn(machine: Machine, subject: Subject, chosen: CatalogueKey): void {
    const { world, mix } = this.#trial
    const { key, kind, group } = chosen
    if (kind === 'set' && world.random() < versionedShare) {
      void this.#write(machine, [key], false, ([row]) =>
        subject.invalidate({ mode: 'delete', keys: [key] }, [key], row?.version),
      )
      return
    }
    if (kind === 'set' || kind === 'plain') {
      const version = (row: Row) => (kind === 'set' ? row.version : undefined)
      const value = (row: Row): SourceValue => ({ key, version: row.version, madeAt: world.now })
      void this.#write(machine, [key], false, ([row]) =>
        row
          ? subject.set({ key, value: value(row), version: version(row), ttlMs: mix.ttlMs })
          : Promise.resolve(undefined),
      )
      return
    }
    const absent = kind === 'negative' && world.random() < 0.5
    this.#noise += 1
    const mode = world.random() < 0.5 ? 'delete' : 'invalidate'
    const invalidation = invalidationOf(chosen, this.#noise, mode)
    void this.#write(machine, group, absent, () => subject.invalidate(invalidation, group))
  }

  async #write(
    machine: Machine,
    keys: readonly string[],
    absent: boolean,
    tell: (rows: readonly Row[]) => Promise<number | undefined>,
  ): Promise<void> {
    const { world, database, orphaned } = this.#trial
    const process = processOf(machine)
    const writes = keys.map(key => {
      const row = database.commit(key, absent)
      const write: OpenWrite = {
        row,
        process,
        committedAt: world.now,
        acknowledgedAt: undefined,
        returnedAt: undefined,
      }
      this.#writes.push(write)
      return write
    })
    const acknowledgedAt = await tell(writes.map(({ row }) => row))
    for (const write of writes) {
      write.acknowledgedAt = acknowledgedAt
      write.returnedAt = world.now
      if (acknowledgedAt !== undefined) orphaned.delete(write.row.key)
    }
  }

  // Reads.

  #read(machine: Machine, chosen: CatalogueKey | undefined, final = false): void {
    if (chosen === undefined) return
    this.#onMachine(machine, subject => void this.#readOn(machine, subject, chosen, final))
  }

  async #readOn(machine: Machine, subject: Subject, chosen: CatalogueKey, final: boolean): Promise<void> {
    const { world, history, cutHistory, orphaned } = this.#trial
    const { key } = chosen
    const startedAt = world.now
    const process = processOf(machine)
    let answer: SubjectAnswer | undefined
    const read = Symbol('read')
    this.#open.set(read, machine.actor)
    try {
      answer = await this.#ask(machine, subject, chosen, final)
    } catch {
      this.failedReads += 1
      return
    } finally {
      this.#open.delete(read)
    }
    if (answer === undefined) return
    const { value, source, stale } = answer
    const found = value as SourceValue | undefined
    const told = {
      key: found?.key ?? key,
      process,
      startedAt,
      endedAt: world.now,
      version: found?.version,
      source,
      final: final && !orphaned.has(key),
      ...(found === undefined || stale === 'failed' || stale === 'slow' ? {} : { madeAt: found.madeAt }),
    }
    history.read({ ...told, excused: stale === 'failed' || stale === 'cut' })
    if (stale === 'cut') cutHistory.read(told)
  }

  async #ask(
    machine: Machine,
    subject: Subject,
    chosen: CatalogueKey,
    final: boolean,
  ): Promise<SubjectAnswer | undefined> {
    const { world, mix } = this.#trial
    const { key, kind } = chosen
    if (!final && world.random() < getShare) return subject.get(key)
    const { softMs, refreshAfter } = mix
    const read = { key, load: () => this.#load(machine, chosen), softMs, refreshAfter }
    return kind === 'claim' && world.random() < 0.5 ? subject.claim(read) : subject.getOrSet(read)
  }

  /** The snapshot is taken as the load begins: what is committed meanwhile is missed. */
  async #load(machine: Machine, { key, kind, tags }: CatalogueKey): Promise<Loaded> {
    const { world, mix, database } = this.#trial
    this.loads += 1
    const row = database.read(key)
    const { from, to } = world.random() < mix.longLoads ? mix.longMs : mix.loadMs
    await machine.clock(machine.actor).sleep(from + world.random() * (to - from))
    if (world.random() < mix.failing) throw new RangeError('the source does not answer')
    const options = { ttl: mix.ttlMs, grace: mix.graceMs, tags }
    if (row.absent) return { value: undefined, negativeTtlMs: mix.ttlMs, options }
    const value: SourceValue = { key, version: row.version, madeAt: world.now }
    return kind === 'set' ? { value, options, version: row.version } : { value, options }
  }
}

/** Unique for each life of a machine. */
function processOf(machine: Machine): number {
  return machine.lives * 100 + machine.number
}
