/** One server is paused under load, then goes on: what the users of the service saw of it. */
import { pauseServer, type RunningServer } from '@greenlang/servers'
import { seededRandom } from '@greenlang/testkit'
import { request } from 'undici'
import { createAccessPattern } from './access-pattern.ts'
import { type DriveOptions, drive } from './driver.ts'
import type { Breakable } from './options.ts'
import type { Measuring } from './phases.ts'
import { createRoute } from './processes.ts'
import { createTally, mergeTallies, type Tally } from './tally.ts'
import { createVersionLedger } from './version-ledger.ts'

export const moments = ['before', 'during', 'after', 'later'] as const
export type Moment = (typeof moments)[number]

export interface Breakage {
  readonly name: Breakable
  /** Reads by the moment they began in: the pause, as long before and after it, and what came later. */
  readonly reads: ReadonlyMap<Moment, Tally>
  readonly updates: ReadonlyMap<Moment, Tally>
  /** How long the server did nothing, in ms. */
  readonly pausedMs: number
  readonly circuits: readonly CircuitChange[]
  /** Updates whose process was not sure that the other heard of them. */
  readonly unpropagated: number
  /** From the end of the pause until all was as before, in ms, to half a second; `undefined`: not seen. */
  readonly recoveredMs: number | undefined
}

/** The breaker of a process before its Redis changed, seen from outside. */
export interface CircuitChange {
  readonly process: string
  readonly state: string
  /** Since the pause began, in ms. */
  readonly atMs: number
}

const longestPauseMs = 5_000
/** Of the reads a second before the pause, the share that is as before. */
const likeBefore = 0.8
const longestRecoveryMs = 20_000
const watchMs = 100
const readers = { clients: 8, updates: 0, seed: 0 }
/** Of their own, for a reader must not stand behind an update that waits. */
const editors = { clients: 2, updates: 1, seed: 1, pauseMs: 50 }

/** As long as a phase is, and 5 s at most. */
export function pauseMsOf(seconds: number): number {
  return Math.min(longestPauseMs, seconds * 1000)
}

export async function measureBreakage(measuring: Measuring, name: Breakable): Promise<Breakage> {
  const server = measuring.house.servers[name] as RunningServer
  const course = new Course(measuring, name)
  const pause = course.run(server)
  const driven = [readers, editors].map(who => drive(course.driveOptions(who)))
  try {
    const [reads, updates] = await Promise.all([...driven, pause]).then(([r, u]) => [r, u] as const)
    const by = (tallies: ReadonlyMap<string, Tally>) =>
      new Map(moments.map(moment => [moment, tallies.get(moment) ?? createTally()]))
    const { pausedMs, circuits, recoveredMs } = course
    return {
      name,
      reads: by(reads?.tallies ?? new Map()),
      updates: by(updates?.tallies ?? new Map()),
      pausedMs,
      circuits,
      unpropagated: updates?.lag.unpropagated ?? 0,
      recoveredMs,
    }
  } finally {
    course.end()
    await Promise.allSettled([...driven, pause])
  }
}

type Who = typeof readers & { pauseMs?: number }

class Course {
  pausedMs = 0
  recoveredMs: number | undefined
  readonly circuits: CircuitChange[] = []
  readonly #measuring: Measuring
  readonly #name: Breakable
  readonly #ledger = createVersionLedger()
  readonly #states = new Map<string, string>()
  readonly #over = new AbortController()
  #moment: Moment = 'before'
  #beganAt = 0
  #perSecond = 0
  #isSwift = false

  constructor(measuring: Measuring, name: Breakable) {
    this.#measuring = measuring
    this.#name = name
  }

  /** Lets the server go on, and ends the load, on any way out. */
  async run(server: RunningServer): Promise<void> {
    const lengthMs = pauseMsOf(this.#measuring.options.seconds)
    const watch = this.#watch()
    try {
      await this.#wait(lengthMs)
      const before = this.#perSecond
      const pause = await pauseServer(server)
      this.#enter('during')
      this.#beganAt = performance.now()
      try {
        await this.#wait(lengthMs)
      } finally {
        await pause.resume()
        this.pausedMs = performance.now() - this.#beganAt
      }
      this.#enter('after')
      await this.#recover(before, lengthMs)
    } finally {
      this.end()
      await watch
    }
  }

  end(): void {
    this.#over.abort()
  }

  driveOptions({ clients, updates, seed, pauseMs = 0 }: Who): DriveOptions {
    const { processes, house, options, signal } = this.#measuring
    const random = seededRandom(options.seed + seed)
    return {
      processes,
      route: createRoute(processes.length, seededRandom(options.seed + routeSeed + seed)),
      next: createAccessPattern(house.keys, { random, updates }),
      ledger: this.#ledger,
      pastCache: false,
      clients,
      pauseMs,
      forMs: Number.POSITIVE_INFINITY,
      until: this.#over.signal,
      label: () => this.#moment,
      signal,
      ...(updates === 0 && { onProgress: this.#paceKeeper() }),
    }
  }

  /** Reads a second since the last look; before the pause their mean is kept. */
  #paceKeeper(): NonNullable<DriveOptions['onProgress']> {
    let [lastAt, lastCount, before] = [0, 0, 0]
    return (tallies, elapsedMs) => {
      const count = mergeTallies(moments.flatMap(moment => tallies.get(moment) ?? [])).requests
      const now = ((count - lastCount) / (elapsedMs - lastAt)) * 1000
      if (this.#moment === 'before') before = (count / elapsedMs) * 1000
      ;[lastAt, lastCount, this.#perSecond] = [elapsedMs, count, before]
      this.#isSwift = now >= before * likeBefore
      this.#measuring.status.show(`${this.#name} ${titles[this.#moment]}: ${Math.round(now)} reads/s`)
    }
  }

  async #recover(before: number, lengthMs: number): Promise<void> {
    const resumedAt = performance.now()
    const passed = () => performance.now() - resumedAt
    this.#isSwift = false
    while (passed() < lengthMs || (this.recoveredMs === undefined && passed() < longestRecoveryMs)) {
      await this.#wait(watchMs)
      if (passed() >= lengthMs) this.#enter('later')
      const isClosed = [...this.#states.values()].every(state => state === 'closed')
      if (before > 0 && this.#isSwift && isClosed) this.recoveredMs ??= passed()
    }
  }

  #enter(moment: Moment): void {
    this.#moment = moment
  }

  async #wait(ms: number): Promise<void> {
    const { signal } = this.#measuring
    const ends = AbortSignal.any([signal, this.#over.signal])
    ends.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        reject(ends.reason)
      }
      const timer = setTimeout(() => {
        ends.removeEventListener('abort', stop)
        resolve()
      }, ms)
      ends.addEventListener('abort', stop, { once: true })
    })
  }

  /** Asks each process for the state of its breaker, until the end. */
  async #watch(): Promise<void> {
    const { processes } = this.#measuring
    while (!this.#over.signal.aborted) {
      await Promise.all(processes.map(each => this.#look(each))).catch(() => {})
      await this.#wait(watchMs).catch(() => {})
    }
  }

  async #look({ name, url }: { name: string; url: string }): Promise<void> {
    const { body } = await request(`${url}/live`, { signal: this.#over.signal })
    const { circuits } = (await body.json()) as { circuits: Record<string, string> }
    const state = circuits.redis ?? 'closed'
    if (state === (this.#states.get(name) ?? 'closed')) return
    this.#states.set(name, state)
    const atMs = this.#beganAt === 0 ? 0 : performance.now() - this.#beganAt
    this.circuits.push({ process: name, state, atMs })
  }
}

const routeSeed = 3_000
const titles: Record<Moment, string> = {
  before: 'to be paused',
  during: 'paused',
  after: 'goes on',
  later: 'goes on',
}
