/**
 * A connection that stands for as long as it is wanted, through every outage: one session after the other, each with the
 * address that is right by then. It never gives up.
 *
 * Only the first attempt is waited for, so that it can be used as soon as it is made. Later, while there is no session,
 * every command is refused at once. What waits is bounded.
 */
import { systemClock } from '@greenlang/core'
import { withDeadline } from '@greenlang/resilience'
import type { Send } from './link.ts'
import { failure, type Session, unavailable } from './session.ts'
import { createWaitingRoom, type WaitingRoom } from './waiting-room.ts'

export interface StandingPlan<S extends Session = Session> {
  /** Finds the server and opens a session with it. */
  open(signal: AbortSignal): Promise<S>
  /** A session stands. */
  onReady?(session: S): void
  /** There was a session, or an attempt at one, and it is over. */
  onDown?(): void
}

export interface StandingConnection<S extends Session = Session> {
  readonly send: Send
  /** The session there is. */
  readonly session: S | undefined
  /** Gives up the session or the attempt there is for a new one, at once. */
  renew(reason: unknown): void
  /** Afterwards nothing is left. Never rejects. */
  close(): Promise<void>
}

/** Begins to connect at once, in the background. */
export function standConnected<S extends Session>(plan: StandingPlan<S>): StandingConnection<S> {
  return new Standing(plan)
}

const shortestWaitMs = 50
const longestWaitMs = 2_000
/** How long finding and greeting a server may take; longer after each failure, for servers that are slow. */
const shortestAttemptMs = 1_000
const longestAttemptMs = 5_000
/** A session that ended sooner counts as a failure: a server that greets and drops is not asked without pause. */
const briefMs = 1_000

type State<S> =
  /** The first attempt has not ended. */
  | { readonly kind: 'beginning'; readonly waiting: WaitingRoom }
  /** Trying again, or waiting to. */
  | { readonly kind: 'down'; readonly cause: unknown }
  | { readonly kind: 'ready'; readonly session: S }
  | { readonly kind: 'closed' }

class Standing<S extends Session> implements StandingConnection<S> {
  readonly #plan: StandingPlan<S>
  readonly #closing = new AbortController()
  readonly #ended: Promise<void>
  /** Of the attempt, or the wait for the next one, that there is. */
  #present = new AbortController()
  #state: State<S> = { kind: 'beginning', waiting: createWaitingRoom() }

  constructor(plan: StandingPlan<S>) {
    this.#plan = plan
    this.#ended = this.#stand()
  }

  get session(): S | undefined {
    return this.#state.kind === 'ready' ? this.#state.session : undefined
  }

  readonly send: Send = command => {
    const state = this.#state
    if (state.kind === 'ready') return state.session.send(command)
    if (state.kind === 'beginning') return state.waiting.wait(command)
    return Promise.reject(state.kind === 'down' ? state.cause : closed())
  }

  renew(reason: unknown): void {
    this.session?.end(reason)
    this.#present.abort(reason)
  }

  async close(): Promise<void> {
    const { session } = this
    this.#closing.abort()
    this.#become({ kind: 'closed' })
    await session?.close()
    this.#present.abort(closed())
    await this.#ended
  }

  async #stand(): Promise<void> {
    for (let failures = 0; !this.#closing.signal.aborted; ) {
      failures = (await this.#attempt(failures)) ? 0 : failures + 1
      await this.#pause(failures)
    }
  }

  /** One session from its connect to its end. Whether it was any good. */
  async #attempt(failures: number): Promise<boolean> {
    const limitMs = Math.min(shortestAttemptMs * 1.5 ** failures, longestAttemptMs)
    const { signal } = this.#renewed()
    try {
      const session = await openWithin(limitMs, this.#plan, signal)
      const begun = systemClock.now()
      this.#become({ kind: 'ready', session })
      this.#become({ kind: 'down', cause: await session.lost })
      return systemClock.now() - begun > briefMs
    } catch (error) {
      this.#become({ kind: 'down', cause: unavailable(error) })
      return false
    }
  }

  /** Ends early when a new session is wanted. */
  async #pause(failures: number): Promise<void> {
    const { signal } = this.#renewed()
    await systemClock.sleep(waitMs(failures), { signal, ref: false }).catch(ignore)
  }

  #renewed(): AbortController {
    this.#present = new AbortController()
    if (this.#closing.signal.aborted) this.#present.abort(closed())
    return this.#present
  }

  #become(state: State<S>): void {
    const before = this.#state
    if (before.kind === 'closed') return
    this.#state = state
    if (before.kind === 'beginning') before.waiting.empty(this.send)
    if (state.kind === 'ready') this.#plan.onReady?.(state.session)
    if (state.kind === 'down') this.#plan.onDown?.()
  }
}

/** What opens too late is ended. */
function openWithin<S extends Session>(
  limitMs: number,
  plan: StandingPlan<S>,
  signal: AbortSignal,
): Promise<S> {
  const open = async (abandoned: AbortSignal) => {
    const session = await plan.open(abandoned)
    if (!abandoned.aborted) return session
    session.end(abandoned.reason)
    throw abandoned.reason
  }
  return withDeadline('the connection', limitMs, open, { signal })
}

/** Twice as long after each failure, up to 2 s, and somewhere in the upper half: processes do not come back in step. */
function waitMs(failures: number): number {
  const full = Math.min(shortestWaitMs * 2 ** failures, longestWaitMs)
  return full * (0.5 + Math.random() / 2)
}

const closed = () => failure('CLOSED', 'the connection was closed')

function ignore(): void {}
