/**
 * One direction of a connection: what one socket gives is queued with the time it is due, and a single loop writes it
 * to the other, so that order is kept whatever the faults are. The end of a side is queued behind its bytes. The loop
 * sleeps while nothing may pass, and every change of the faults wakes it. Rejected: piping through a transform, which
 * cannot be cut at a byte, nor let an end wait; and a timer for each chunk, which loses the order under jitter.
 */
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { type Clock, systemClock } from '@greenlang/core'
import { type FaultsInForce, noFaults } from './faults.ts'
import { createLaneQueue } from './lane-queue.ts'
import type { Resolved } from './rules.ts'

/** One direction of a connection, to look at. */
export interface FaultLane {
  /** Bytes that came in. */
  readonly bytesIn: number
  /** Bytes that were passed on. */
  readonly bytesOut: number
  /** Bytes that are delayed, held or not yet taken. */
  readonly bytesWaiting: number
  /** What is in force. */
  readonly faults: FaultsInForce
}

export interface Lane extends FaultLane {
  /** Whether the end of a side cannot pass. */
  readonly swallows: boolean
  /** Whether nothing will ever pass again. */
  readonly forgotten: boolean
  take(bytes: Buffer): void
  /** The side that is read from left: passed on in its turn. */
  leave(how: 'end' | 'reset'): void
  apply(resolved: Resolved): void
  /** Nothing passes any more, whatever is healed. */
  forget(): void
  /** Ends the side that is written to; what waits is lost. */
  finish(): void
  /** Loses everything, and lets the loop end. */
  stop(): void
}

export interface LaneOptions {
  readonly from: Socket
  readonly to: Socket
  readonly clock: Clock
  readonly random: () => number
  /** Both sides are to be ended: the limit was reached. */
  readonly onEnd: () => void
  /** Both sides are to be reset: the limit was reached, or a reset has come through. */
  readonly onReset: () => void
}

export function createLane(options: LaneOptions): Lane {
  return new QueueLane(options)
}

/**
 * Real time between the last bytes and a reset, in ms. A reader of Node that finds both at once is told of an orderly end:
 * libuv takes the hang-up that comes with the last bytes for one.
 */
const graceMs = 20

/** `ended`: its end has passed, and only a reset still can. `stopped`: nothing can. */
type State = 'open' | 'forgotten' | 'ended' | 'stopped'

class QueueLane implements Lane {
  bytesIn = 0
  bytesOut = 0
  faults = noFaults
  readonly #options: LaneOptions
  readonly #queue = createLaneQueue()
  #state: State = 'open'
  #limitFrom = 0
  #limitLeft = Number.POSITIVE_INFINITY
  #latestDue = 0
  #runs = false
  #sleep: AbortController | undefined
  #grace: AbortController | undefined

  constructor(options: LaneOptions) {
    this.#options = options
  }

  get bytesWaiting(): number {
    return this.#queue.bytes
  }

  get forgotten(): boolean {
    return this.#state === 'forgotten'
  }

  get swallows(): boolean {
    return this.forgotten || this.faults.dropped
  }

  take(bytes: Buffer): void {
    this.bytesIn += bytes.length
    if (this.#state !== 'open' || this.faults.dropped) return
    this.#queue.add({ kind: 'bytes', bytes, due: this.#due() })
    if (this.#queue.full) this.#options.from.pause()
    void this.#run()
  }

  leave(how: 'end' | 'reset'): void {
    if (this.#state === 'stopped' || (this.#state === 'ended' && how === 'end')) return
    this.#queue.add({ kind: how, due: this.#due() })
    void this.#run()
  }

  apply({ faults, limitFrom }: Resolved): void {
    const before = this.faults
    this.faults = faults
    if (limitFrom !== this.#limitFrom) {
      this.#limitFrom = limitFrom
      this.#limitLeft = faults.limitBytes
    }
    if (faults.delayMs !== before.delayMs || faults.jitterMs !== before.jitterMs) {
      const latest = this.#options.clock.now() + faults.delayMs + faults.jitterMs
      this.#latestDue = Math.min(this.#latestDue, latest)
      this.#queue.hasten(latest)
    }
    if (faults.dropped) this.#queue.dropBytes()
    this.#relieve()
    this.#sleep?.abort()
  }

  forget(): void {
    if (this.#state === 'open') this.#state = 'forgotten'
    this.#queue.dropBytes()
    this.#relieve()
    this.#sleep?.abort()
  }

  finish(): void {
    if (this.#state === 'ended' || this.#state === 'stopped') return
    this.#close('ended')
    this.#options.to.end()
  }

  stop(): void {
    this.#close('stopped')
    this.#grace?.abort()
  }

  #close(state: State): void {
    this.#state = state
    this.#queue.clear()
    this.#relieve()
    this.#sleep?.abort()
  }

  #due(): number {
    const { clock, random } = this.#options
    const { delayMs, jitterMs } = this.faults
    const delay = jitterMs === 0 ? delayMs : delayMs + jitterMs * (2 * random() - 1)
    this.#latestDue = Math.max(this.#latestDue, clock.now() + delay)
    return this.#latestDue
  }

  async #run(): Promise<void> {
    if (this.#runs) return
    this.#runs = true
    for (let unit = this.#queue.first; unit !== undefined; unit = this.#queue.first) {
      const waitMs = this.faults.held || this.swallows ? undefined : unit.due - this.#options.clock.now()
      if (waitMs === undefined || waitMs > 0) await this.#pause(waitMs)
      else await this.#pass()
    }
    this.#runs = false
  }

  /** Until a change, and for `ms` at most. */
  async #pause(ms: number | undefined): Promise<void> {
    const change = new AbortController()
    this.#sleep = change
    const { signal } = change
    const changed = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
    if (ms === undefined) await changed
    else await this.#options.clock.sleep(ms, { signal }).catch(() => undefined)
    this.#sleep = undefined
  }

  /** Passes the first unit on, or as much of it as one write may hold. */
  async #pass(): Promise<void> {
    if (this.#queue.first?.kind === 'bytes' && this.#limitLeft === 0) return await this.#break()
    const { sliceBytes } = this.faults
    const unit = this.#queue.take(Math.min(sliceBytes, this.#limitLeft))
    if (unit?.kind === 'end') return this.finish()
    if (unit?.kind === 'reset') return await this.#reset()
    if (unit === undefined) return
    this.#limitLeft -= unit.bytes.length
    const limitFrom = this.#limitLeft === 0 ? this.#limitFrom : undefined
    if (await write(this.#options.to, unit.bytes)) this.bytesOut += unit.bytes.length
    // A slice a turn of the event loop, or the reader would see them as one.
    if (sliceBytes !== Number.POSITIVE_INFINITY) await setImmediate()
    if (limitFrom === this.#limitFrom && this.#state === 'open') await this.#break()
    this.#relieve()
  }

  async #break(): Promise<void> {
    const { atLimit } = this.faults
    if (atLimit === 'reset') await this.#reset()
    else this.#options.onEnd()
  }

  async #reset(): Promise<void> {
    if (this.bytesOut > 0) {
      const grace = new AbortController()
      this.#grace = grace
      await systemClock.sleep(graceMs, { signal: grace.signal }).catch(() => undefined)
      // When the process was busy, the reader may have had no turn yet.
      await setImmediate()
    }
    if (this.#state !== 'stopped') this.#options.onReset()
  }

  /** Reads on once there is room again. */
  #relieve(): void {
    const { from } = this.#options
    if (this.#queue.relieved && from.isPaused()) from.resume()
  }
}

/** Whether the bytes were handed to the system, when that is known. */
function write(to: Socket, bytes: Buffer): Promise<boolean> {
  if (to.destroyed || to.writableEnded) return Promise.resolve(false)
  return new Promise(resolve => to.write(bytes, error => resolve(error === null || error === undefined)))
}
