/**
 * The time of the server, by which dates go over the wire: each process converts them by its own offset, so that clocks
 * that disagree neither kill an entry nor keep it alive. The offset is that of one server, the same for every process
 * with the same prefix, and is measured against the real clock of this process, whatever the dates of entries come from.
 *
 * TIME is asked at the start and every 10 s of use, beside the work. Only where nothing is known yet, or what was known
 * belongs to an earlier connection or a time long ago, does whoever needs it wait. It is asked past the breaker: who waits
 * is a call that the breaker let through, and of a circuit that is half open it lets through no second one.
 */
import { type Entry, systemClock } from '@greenlang/core'
import { createServerClock } from '@greenlang/core/coherence'
import { withDeadline } from '@greenlang/resilience'
import { RedisReplyError } from '../error.ts'

const sampleEveryMs = 10_000
/** A failed sample is not tried again sooner beside the work. */
const retryAfterMs = 1_000
/** After so long without use the clocks may have drifted apart: what was known is forgotten. */
const forgetAfterMs = 60_000
const deadlineMs = 1_000
/** The error is that of the fastest exchange, and the first over a new connection is not. */
const firstSamples = 3
/** An exchange that took longer, as the first does that waited for its connection, is not relied on alone. */
const slowMs = 5

/** Entries of our own making, whose dates are converted in place. */
type Dated = { -readonly [Name in keyof Entry]: Entry[Name] }

export class ServerTime {
  readonly #ask: () => Promise<number>
  readonly #clock = createServerClock()
  /** To be added to dates; `undefined` while nothing is known. */
  #shifts: { readonly toServer: number; readonly fromServer: number } | undefined
  #sampledAt = 0
  #triedAt = 0
  #sampling: Promise<void> | undefined
  readonly #closing = new AbortController()
  /** Rises with each reset: what was asked before proves nothing after. */
  #era = 0

  /** @param ask Sends TIME to the server that counts. It may hang. */
  constructor(subject: string, ask: () => Promise<unknown>) {
    const { signal } = this.#closing
    this.#ask = async () =>
      checkTime(subject, await withDeadline(subject, deadlineMs, () => ask(), { signal }))
  }

  /** Another server may answer from now on. */
  reset(): void {
    this.#era += 1
    this.#clock.reset()
    this.#shifts = undefined
    this.#sampling = undefined
  }

  /** Nobody waits any more: they are told `error`. */
  close(error: unknown): void {
    this.#closing.abort(error)
  }

  /** To be called with each use. `undefined` when dates can be converted at once, else a wait until then. */
  known(): Promise<void> | undefined {
    const now = systemClock.turn()
    if (this.#shifts !== undefined) {
      if (now - this.#sampledAt < sampleEveryMs) return undefined
      if (now - this.#sampledAt < forgetAfterMs) {
        if (now - this.#triedAt > retryAfterMs) this.#sample().catch(ignore)
        return undefined
      }
      this.reset()
    }
    return this.#sample()
  }

  /** The same entry with dates of the server, never later than they are. */
  toServer<T>(entry: Entry<T>): Entry<T> {
    const shift = this.#shifts?.toServer ?? 0
    const { createdAt, staleAt, expiresAt } = entry
    return { ...entry, createdAt: createdAt + shift, staleAt: staleAt + shift, expiresAt: expiresAt + shift }
  }

  /** Converts the dates of an entry that nobody else has seen yet, in place, never to later ones than they are. */
  fromServer(entry: Entry): void {
    const shift = this.#shifts?.fromServer ?? 0
    const dated: Dated = entry
    dated.createdAt += shift
    dated.staleAt += shift
    dated.expiresAt += shift
  }

  #sample(): Promise<void> {
    if (this.#sampling) return this.#sampling
    const sampling = this.#sampleOnce().finally(() => {
      if (this.#sampling === sampling) this.#sampling = undefined
    })
    this.#sampling = sampling
    return sampling
  }

  async #sampleOnce(): Promise<void> {
    const era = this.#era
    const first = this.#shifts === undefined
    const tookMs = await this.#exchange(era)
    if (era !== this.#era) {
      if (this.#shifts === undefined) await this.#sample()
    } else if (first) {
      if (tookMs > slowMs) await this.#exchange(era).catch(ignore)
      void this.#refine(era)
    }
  }

  /** How long it took. */
  async #exchange(era: number): Promise<number> {
    const sentAt = systemClock.now()
    this.#triedAt = sentAt
    const serverAt = await this.#ask()
    const answeredAt = systemClock.now()
    if (era !== this.#era) return 0
    this.#clock.sample(sentAt, answeredAt, serverAt)
    this.#sampledAt = sentAt
    this.#shifts = { toServer: this.#clock.toServer(0) ?? 0, fromServer: this.#clock.fromServer(0) ?? 0 }
    return answeredAt - sentAt
  }

  async #refine(era: number): Promise<void> {
    for (let samples = 1; samples < firstSamples && era === this.#era; samples += 1)
      await this.#exchange(era).catch(ignore)
  }
}

/** Seconds and microseconds, as ms. */
function checkTime(subject: string, reply: unknown): number {
  const [seconds, microseconds] = Array.isArray(reply) ? reply.map(part => Number(String(part))) : []
  const time = (seconds ?? Number.NaN) * 1_000 + (microseconds ?? Number.NaN) / 1_000
  if (Number.isFinite(time)) return time
  throw new RedisReplyError(subject, 'TIME', 'UNEXPECTED')
}

function ignore(): void {}
