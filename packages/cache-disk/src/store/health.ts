/**
 * Whether the disk can be read and written. What goes wrong is told once, then a probe tries again by itself, each time
 * after twice as long, until it is told that all is well; operations ask the disk for nothing meanwhile.
 */

import { type Clock, type DiskEvent, notify, type Observer } from '@greenlang/core'
import { errorCode } from '../error.ts'

export type Condition =
  | { readonly kind: 'ok' }
  | { readonly kind: 'read-only' | 'off'; readonly error: unknown; readonly since: number }

export interface HealthParts {
  readonly tier: string
  readonly clock: Clock
  readonly onEvent: Observer<DiskEvent> | undefined
  /** Does what has to be possible again, or rejects. @param bytes Length of the longest write that failed. */
  probe(bytes: number): Promise<void>
}

const firstProbeMs = 1_000
const slowestProbeMs = 30_000
/** Reading fails by these as well. */
const unreadableCodes: ReadonlySet<string | undefined> = new Set([
  'EMFILE',
  'ENFILE',
  'EACCES',
  'EPERM',
  'ESTALE',
])

const fullCodes: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL'])

/** Whether it is for want of room. */
export function isFull(condition: Condition): boolean {
  return condition.kind !== 'ok' && isWantOfRoom(condition.error)
}

export function isWantOfRoom(error: unknown): boolean {
  return fullCodes.has(errorCode(error))
}

export class Health {
  readonly #parts: HealthParts
  readonly #stopping = new AbortController()
  #condition: Condition = { kind: 'ok' }
  #recovering: Promise<void> = Promise.resolve()
  #failedBytes = 0

  constructor(parts: HealthParts) {
    this.#parts = parts
  }

  get condition(): Condition {
    return this.#condition
  }

  get canRead(): boolean {
    return this.#condition.kind !== 'off'
  }

  get canWrite(): boolean {
    return this.#condition.kind === 'ok'
  }

  /** A read failed: `true` if that says something of more than one file. */
  failReading(error: unknown): boolean {
    if (!unreadableCodes.has(errorCode(error))) return false
    this.#degrade(error, 'off')
    return true
  }

  failWriting(error: unknown, bytes = 0): void {
    this.#failedBytes = Math.max(this.#failedBytes, bytes)
    this.#degrade(error, 'read-only')
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#recovering
  }

  #degrade(error: unknown, state: 'read-only' | 'off'): void {
    const { kind } = this.#condition
    if (kind === state || kind === 'off' || this.#stopping.signal.aborted) return
    const { clock, tier, onEvent } = this.#parts
    const since = kind === 'ok' ? clock.now() : (this.#condition as { since: number }).since
    this.#condition = { kind: state, error, since }
    if (kind !== 'ok') return
    notify(onEvent, { type: 'degraded', tier, state, error })
    this.#recovering = this.#recover(since)
  }

  async #recover(since: number): Promise<void> {
    const { clock, tier, onEvent, probe } = this.#parts
    const { signal } = this.#stopping
    for (let pauseMs = firstProbeMs; ; pauseMs = Math.min(2 * pauseMs, slowestProbeMs)) {
      try {
        await clock.sleep(pauseMs, { signal, ref: false })
      } catch {
        return
      }
      try {
        await probe(this.#failedBytes)
      } catch {
        continue
      }
      this.#condition = { kind: 'ok' }
      this.#failedBytes = 0
      return notify(onEvent, { type: 'recovered', tier, afterMs: clock.now() - since })
    }
  }
}
