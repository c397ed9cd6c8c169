import type { Clock } from '@greenlang/core'

export type LoadPhase = 'create' | 'copy' | 'index' | 'analyze'

export interface LoadProgress {
  readonly phase: LoadPhase
  /** The table worked on, or the one begun last where several are. */
  readonly table: string
  /** Rows copied so far, of all tables. */
  readonly rows: number
  /** Rows there will be. */
  readonly totalRows: number
  /** Share of the whole work that is done, within [0, 1]; 1 only at the end. */
  readonly fraction: number
  /** Since the load began. */
  readonly elapsedMs: number
}

export type ProgressListener = (progress: LoadProgress) => void

export interface ProgressTracker {
  begin(phase: LoadPhase, steps: number): void
  /** @returns the activity, as errors name it. */
  table(name: string): string
  /** Bound: may be handed on. */
  readonly rows: (more: number) => void
  step(): void
  readonly activity: string
  readonly elapsedMs: number
  /** Tells the end, and stops the beat. */
  finish(): void
  stop(): void
}

/** Where each phase begins and ends on the way from 0 to 1, by how long they take. */
const shares: Record<LoadPhase, readonly [number, number]> = {
  create: [0, 0.02],
  copy: [0.02, 0.65],
  index: [0.65, 0.97],
  analyze: [0.97, 1],
}
const beatMs = 100
const verbs: Record<LoadPhase, string> = {
  create: 'creating',
  copy: 'copying',
  index: 'indexing',
  analyze: 'analyzing',
}

export interface TrackerConfig {
  /** Rows there will be: a whole number. */
  readonly totalRows: number
  /** Called on each change of table or phase, and each 100 ms while work goes on. */
  readonly listener: ProgressListener
  /** Where time is read. */
  readonly clock: Clock
  /** When the load began, by that clock, in ms. */
  readonly startedAt: number
  /** Called with what the listener throws. */
  readonly onFailure: (error: unknown) => void
}

/** Begins to tell at once; a long silent statement is told of by the beat. */
export function trackProgress(config: TrackerConfig): ProgressTracker {
  return new Tracker(config)
}

class Tracker implements ProgressTracker {
  readonly #config: TrackerConfig
  readonly #ended = new AbortController()
  #phase: LoadPhase = 'create'
  #table = 'schema'
  #rows = 0
  #steps = 1
  #done = 0

  constructor(config: TrackerConfig) {
    this.#config = config
    void this.#beat()
  }

  get activity(): string {
    return `${verbs[this.#phase]} ${this.#table}`
  }

  get elapsedMs(): number {
    return this.#config.clock.now() - this.#config.startedAt
  }

  begin(phase: LoadPhase, steps: number): void {
    this.#phase = phase
    this.#steps = Math.max(steps, 1)
    this.#done = 0
  }

  table(name: string): string {
    this.#table = name
    this.#tell(this.#fraction())
    return this.activity
  }

  readonly rows = (more: number): void => {
    this.#rows += more
  }

  step(): void {
    this.#done += 1
  }

  finish(): void {
    this.#tell(1)
    this.stop()
  }

  stop(): void {
    this.#ended.abort()
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      await this.#config.clock.sleep(beatMs, { signal, ref: false }).catch(() => {})
      if (!signal.aborted) this.#tell(this.#fraction())
    }
  }

  #fraction(): number {
    const [from, to] = shares[this.#phase]
    const within = this.#phase === 'copy' ? this.#rows / this.#config.totalRows : this.#done / this.#steps
    return Math.min(0.999, from + (to - from) * Math.min(1, within))
  }

  #tell(fraction: number): void {
    try {
      this.#config.listener({
        phase: this.#phase,
        table: this.#table,
        rows: this.#rows,
        totalRows: this.#config.totalRows,
        fraction,
        elapsedMs: this.elapsedMs,
      })
    } catch (error) {
      this.stop()
      this.#config.onFailure(error)
    }
  }
}
