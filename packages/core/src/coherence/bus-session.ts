/**
 * An `InvalidationBus` over any wire: it keeps the place of this process in the order, proves by beats that nothing is
 * missing, has what is missing replayed, and tells `lost` where that cannot be had.
 *
 * A beat is a number that the server sends to this process over the connection that carries the frames: whatever was
 * published before it has come before it, and if its sequence is not the one applied here, something was lost. A bare
 * echo would prove only that the connection lives. Rejected: one channel for the beats of all, which costs the square
 * of the number of processes.
 */
import type {
  BusEvent,
  BusSync,
  Frame,
  Invalidation,
  InvalidationBus,
  Published,
  Rule,
  Rules,
  Unsubscribe,
} from '../bus.ts'
import { type Clock, systemClock } from '../clock.ts'
import { type Contract, contractOf } from '../contract.ts'
import { ClosedError } from '../error.ts'
import { notify } from '../notify.ts'
import { checkFunction, checkNumber } from '../option.ts'
import type { Stamp } from '../stamp.ts'
import type { BusWire, Standing, WireFrame } from './bus-wire.ts'
import { type BusGuards, busGuards } from './guards.ts'
import {
  expectUpTo,
  heardFrame,
  heardOf,
  type Position,
  replayEnded,
  replayed,
  resumeFrom,
  type Step,
  unheard,
} from './position.ts'

export interface BusSessionOptions {
  /** The calls to the server that keeps the record. No default. */
  wire: BusWire
  /** How long after a beat was sent private copies may be served unseen, in ms; a beat is sent each quarter. >= 4, <= an hour. Default `1000`. */
  leaseMs?: number
  /** Random text of 128 bits, for histories and the mark of own frames. No default: it must not repeat between processes. */
  randomId: () => string
  /** Default `systemClock`. */
  clock?: Clock
  /** The package that answers for it. Default `@greenlang/core`. */
  contract?: Contract
  /** What it relies on. For the mutants of the model: take one away and see the promise break. Default: all of them. */
  guards?: BusGuards
}

const defaultLeaseMs = 1000
const shortestLeaseMs = 4
const longestLeaseMs = 3_600_000
const beatsPerLease = 4

/**
 * Opens the wire and begins to beat.
 * @throws InvalidOptionError for a bad option.
 */
export function busSession(options: BusSessionOptions): InvalidationBus {
  return new BusSession(options)
}

class BusSession implements InvalidationBus {
  readonly contract: Contract
  readonly #wire: BusWire
  readonly #clock: Clock
  readonly #guards: BusGuards
  readonly #leaseMs: number
  readonly #randomId: () => string
  readonly #origin: string
  readonly #listeners = new Set<{ hear: (frame: Frame) => void }>()
  readonly #watchers = new Set<{ hear: (event: BusEvent) => void }>()
  readonly #closing = new AbortController()
  #position: Position = unheard
  #trustedSince = Number.NEGATIVE_INFINITY
  /** A beat that came while frames were missing: it counts once they are here. */
  #early: { readonly sentAt: number; readonly stamp: Stamp } | undefined
  #replaying = false

  constructor(options: BusSessionOptions) {
    const { wire, leaseMs = defaultLeaseMs, randomId, clock = systemClock } = options
    checkNumber('leaseMs', leaseMs, shortestLeaseMs, longestLeaseMs)
    checkFunction('randomId', randomId)
    this.contract = options.contract ?? contractOf('@greenlang/core')
    this.#wire = wire
    this.#clock = clock
    this.#guards = options.guards ?? busGuards
    this.#leaseMs = leaseMs
    this.#randomId = randomId
    this.#origin = `${randomId()}/`
    wire.open({
      frame: frame => this.#onFrame(frame),
      beat: (sentAt, stamp) => this.#onBeat(sentAt, stamp),
      connected: () => this.#tell('undone'),
    })
    void this.#beatOnAndOn()
  }

  async publish(invalidation: Invalidation, from = ''): Promise<Published> {
    this.#assertOpen()
    // The first number heard must not be that of an own frame: this process would take it for one of before its time.
    if (this.#position.kind === 'unheard') await this.#beat()
    try {
      const stamp = await this.#wire.record(this.#standing(from), invalidation)
      this.#learn(stamp)
      return { stamp, propagated: true }
    } catch {
      return { propagated: false }
    }
  }

  subscribe(listener: (frame: Frame) => void): Unsubscribe {
    this.#assertOpen()
    return added(this.#listeners, listener)
  }

  watch(listener: (event: BusEvent) => void): Unsubscribe {
    this.#assertOpen()
    return added(this.#watchers, listener)
  }

  sync(): BusSync {
    this.#assertOpen()
    const { known, applied } = this.#position
    return { trustedSince: this.#trustedSince, known, applied, leaseMs: this.#leaseMs }
  }

  resume(after: Stamp): void {
    this.#assertOpen()
    this.#position = resumeFrom(this.#position, after)
    this.#trustedSince = Number.NEGATIVE_INFINITY
    void this.#replay()
  }

  async rules(since: Stamp, tags: readonly string[] = []): Promise<Rules> {
    this.#assertOpen()
    const rules = await this.#wire.rules(this.#standing(), since, tags)
    this.#learn(rules.known)
    return rules
  }

  async retire(rule: Rule): Promise<void> {
    this.#assertOpen()
    await this.#wire.retire(this.#standing(), rule)
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    this.#listeners.clear()
    this.#watchers.clear()
    await this.#wire.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #standing(from = ''): Standing {
    const { known, left } = this.#position
    return { known, left, origin: this.#origin + from, candidate: this.#randomId() }
  }

  #learn(stamp: Stamp): void {
    const step = heardOf(this.#position, stamp)
    if (step !== undefined) this.#moved(step)
  }

  #moved({ position, newHistory }: Step): void {
    const first = this.#position.kind === 'unheard'
    this.#position = position
    if (!newHistory) return
    this.#early = undefined
    this.#trustedSince = Number.NEGATIVE_INFINITY
    this.#tell('lost')
    if (!first) this.#tell('undone')
  }

  #onFrame({ stamp, invalidation, origin }: WireFrame): void {
    const step = heardFrame(this.#position, stamp)
    this.#moved(step)
    if (step.frame === 'new') this.#deliver({ stamp, invalidation, ...this.#senderOf(origin) })
    if (this.#position.kind !== 'gap') return
    if (this.#guards.mindsGaps) void this.#replay()
    else this.#position = { ...this.#position, kind: 'in-order', applied: stamp }
  }

  #onBeat(sentAt: number, stamp: Stamp): void {
    this.#learn(stamp)
    if (this.#position.applied.history !== stamp.history) return
    if (this.#guards.beatsCarrySequence) this.#position = expectUpTo(this.#position, stamp)
    if (this.#position.kind === 'in-order' || !this.#guards.mindsGaps) this.#trust(sentAt)
    else {
      this.#early = { sentAt, stamp }
      void this.#replay()
    }
  }

  #trust(sentAt: number): void {
    this.#trustedSince = Math.max(this.#trustedSince, sentAt)
  }

  async #replay(): Promise<void> {
    if (this.#replaying || this.#position.kind !== 'gap') return
    this.#replaying = true
    const { applied } = this.#position
    try {
      const replay = await this.#wire.replay(this.#standing(), applied)
      this.#learn(replay.known)
      if (this.#position.kind !== 'gap' || this.#position.applied.history !== replay.known.history) return
      if (replay.kind === 'lost') this.#giveUp(replay.known)
      else this.#catchUp(replay.frames, replay.known)
    } catch {
      // No answer: the next beat, or the next frame, asks again.
    } finally {
      this.#replaying = false
    }
  }

  #catchUp(frames: readonly WireFrame[], known: Stamp): void {
    for (const { stamp, invalidation, origin } of frames) {
      const at = this.#position
      const had =
        stamp.sequence <= at.applied.sequence || (at.kind === 'gap' && at.beyond.has(stamp.sequence))
      this.#position = replayed(this.#position, stamp)
      if (!had) this.#deliver({ stamp, invalidation, ...this.#senderOf(origin) })
    }
    this.#position = replayEnded(this.#position, known)
    const early = this.#early
    if (this.#position.kind !== 'in-order' || early === undefined) return
    this.#early = undefined
    const { history, sequence } = this.#position.applied
    if (history === early.stamp.history && sequence >= early.stamp.sequence) this.#trust(early.sentAt)
  }

  /** The stream was trimmed: what was missed cannot be had. */
  #giveUp(known: Stamp): void {
    const { left } = this.#position
    this.#position = { kind: 'in-order', known, applied: known, left }
    this.#early = undefined
    this.#trustedSince = Number.NEGATIVE_INFINITY
    this.#tell('lost')
  }

  #senderOf(origin: string): Pick<Frame, 'own' | 'from'> {
    const own = origin.startsWith(this.#origin)
    const from = own ? origin.slice(this.#origin.length) : ''
    return from === '' ? { own } : { own, from }
  }

  #deliver(frame: Frame): void {
    for (const listener of [...this.#listeners]) notify(listener.hear, frame)
  }

  #tell(event: BusEvent): void {
    for (const watcher of [...this.#watchers]) notify(watcher.hear, event)
  }

  async #beatOnAndOn(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      void this.#beat()
      try {
        await this.#clock.sleep(this.#leaseMs / beatsPerLease, { signal, ref: false })
      } catch {
        return
      }
    }
  }

  async #beat(): Promise<void> {
    try {
      this.#learn(await this.#wire.beat(this.#standing(), this.#clock.now()))
    } catch {
      // No answer: nothing is proven, and private copies are trusted until the lease of the last beat ends.
    }
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw new ClosedError('bus')
  }
}

function added<T>(listeners: Set<{ hear: T }>, hear: T): Unsubscribe {
  const listener = { hear }
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
