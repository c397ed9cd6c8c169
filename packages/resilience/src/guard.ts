/**
 * A deadline and a circuit breaker round operations that can hang, tuned once for the whole family.
 *
 * closed → open: of the calls in the last 10 s, at least `volumeThreshold`, more than `failureRatio` failed.
 * open → half-open: after `openFor`. half-open: one call, the probe, goes through; all others are refused.
 * half-open → closed or open: as the probe ends.
 *
 * opossum keeps the state. Its own timeout is off: it frees the caller but not the breaker, and a probe that hangs would
 * leave the circuit half-open for ever. Here the action has a deadline and always settles, so the probe does too.
 * Nor may the caller's signal reach the action: a probe that was cancelled would tell neither of the two outcomes. The
 * caller leaves at once; the operation ends by itself or by the deadline, and that is what counts.
 *
 * While the circuit is closed, opossum hears of a call only when it failed; those that went well are counted here and
 * handed over in time for its verdict. It would take longer over a call than Redis takes to send one.
 *
 * opossum's window is turned here, at each call, instead of by its timer: no timer is left to clear, and the window
 * follows `clock`. Only `openFor` is measured by opossum itself, by a real timer that does not keep the process alive.
 * Percentiles are off: opossum sorts every latency of the window again at each failure (56 ms at 200 000 calls).
 */
import { EventEmitter } from 'node:events'
import { type CircuitState, ClosedError, notify } from '@greenlang/core'
import CircuitBreaker from 'opossum'
import type { Operation } from './deadline.ts'
import { createDeadlineLine, type DeadlineLine } from './deadline-line.ts'
import { CircuitOpenError } from './error.ts'
import { checkGuardOptions, type GuardOptions, type GuardSettings } from './options.ts'

export interface Guard {
  /** Where the circuit stands now. */
  readonly state: CircuitState
  /**
   * What `operation` returns. An aborted `signal` frees the caller, not the operation.
   * @throws DeadlineError, CircuitOpenError, ClosedError, the reason of `signal`, or the operation's own error.
   */
  run<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T>
  /** Idempotent. Operations that run still settle; every later `run` rejects with `ClosedError`. */
  close(): void
}

/** @throws InvalidOptionError for a bad option. */
export function createGuard(options: GuardOptions = {}): Guard {
  return new OpossumGuard(checkGuardOptions('createGuard', options))
}

const windowMs = 10_000
const buckets = 10
const bucketMs = windowMs / buckets

class OpossumGuard implements Guard {
  readonly #settings: GuardSettings
  readonly #breaker: CircuitBreaker<[() => Promise<unknown>], unknown>
  readonly #line: DeadlineLine
  readonly #window = new EventEmitter()
  /** Calls of this part of the window that opossum has not been told of. */
  #untold = 0
  #turnedAt: number
  #lastFailure: unknown
  #closed = false

  constructor(settings: GuardSettings) {
    this.#settings = settings
    this.#turnedAt = settings.clock.now()
    const { name, deadlineMs, clock } = settings
    this.#line = createDeadlineLine({ subject: name, limitMs: deadlineMs, clock })
    this.#breaker = new CircuitBreaker(call => call(), {
      timeout: false,
      resetTimeout: settings.openForMs,
      errorThresholdPercentage: settings.failureRatio * 100,
      volumeThreshold: settings.volumeThreshold,
      errorFilter: error => !this.#isFailure(error),
      rollingCountTimeout: windowMs,
      rollingCountBuckets: buckets,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: this.#window,
    })
    this.#announceStates()
  }

  get state(): CircuitState {
    if (this.#breaker.opened) return 'open'
    return this.#breaker.halfOpen ? 'half-open' : 'closed'
  }

  async run<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    const { name, openForMs } = this.#settings
    if (this.#closed) throw new ClosedError(name)
    signal?.throwIfAborted()
    // Asked here rather than of opossum: a refusal then neither counts as a call nor costs an error of its own.
    if (!this.#breaker.closed && !this.#breaker.pendingClose)
      throw new CircuitOpenError(name, openForMs, { cause: this.#lastFailure })
    this.#turnWindow()
    const outcome = this.#breaker.closed ? this.#runClosed(operation) : this.#probe(operation)
    return signal === undefined ? outcome : untilAborted(outcome, signal)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#breaker.shutdown()
    this.#line.close()
  }

  async #runClosed<T>(operation: Operation<T>): Promise<T> {
    this.#untold += 1
    try {
      return await this.#line.run(operation)
    } catch (error) {
      await this.#tellFailure(error)
      throw error
    }
  }

  #probe<T>(operation: Operation<T>): Promise<T> {
    return this.#breaker.fire(() => this.#line.run(operation)) as Promise<T>
  }

  /** By a call that fails as this one did, and so is counted and judged as one. */
  async #tellFailure(error: unknown): Promise<void> {
    if (this.#untold > 0) this.#untold -= 1
    this.#tellCalls()
    try {
      await this.#breaker.fire(() => Promise.reject(error))
    } catch {
      // As was to be expected.
    }
  }

  #tellCalls(): void {
    for (; this.#untold > 0; this.#untold -= 1) this.#breaker.emit('fire')
  }

  /** opossum never settles a call whose filter throws. */
  #isFailure(error: unknown): boolean {
    const failure = isFailureTo(this.#settings, error)
    if (failure) this.#lastFailure = error
    return failure
  }

  #announceStates(): void {
    const announce = (state: CircuitState) => notify(this.#settings.onState, state)
    this.#breaker.on('open', () => announce('open'))
    this.#breaker.on('halfOpen', () => announce('half-open'))
    this.#breaker.on('close', () => {
      // The failures that opened it are history: without this, one more would open it again.
      for (let bucket = 0; bucket < buckets; bucket += 1) this.#window.emit('rotate')
      this.#lastFailure = undefined
      announce('closed')
    })
  }

  #turnWindow(): void {
    const now = this.#settings.clock.now()
    const turns = Math.floor((now - this.#turnedAt) / bucketMs)
    if (turns <= 0) return
    this.#tellCalls()
    this.#turnedAt += turns * bucketMs
    for (let bucket = Math.min(turns, buckets); bucket > 0; bucket -= 1) this.#window.emit('rotate')
  }
}

/** A filter that throws has not cleared the error. */
function isFailureTo({ isFailure }: GuardSettings, error: unknown): boolean {
  try {
    return isFailure(error) !== false
  } catch {
    return true
  }
}

function untilAborted<T>(outcome: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    outcome.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject)
  })
}
