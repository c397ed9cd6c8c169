/** Every call that a test makes: how long it took against what it may take (I1), and what it failed with. */
import { systemClock } from '@greenlang/core'
import { measureLoopLag } from './loop-lag.ts'

export interface Call {
  readonly name: string
  readonly party: number
  readonly startedAt: number
  readonly tookMs: number
  /** `ok`, or the code of its error. */
  readonly outcome: string
}

export interface CallPlan {
  readonly name: string
  readonly party: number
  /** The longest it may take on a machine without load, in ms. */
  readonly limitMs: number
}

export interface Calls {
  /** Those that ended, as they ended. */
  readonly ended: readonly Call[]
  readonly pending: number
  readonly errors: readonly unknown[]
  /** What it gives; `undefined` when it failed. */
  make<T>(plan: CallPlan, call: () => T | PromiseLike<T>): Promise<T | undefined>
  /** Whether the loop stood still for most of a call: its failure then says nothing about Redis. */
  stalled(call: Call): boolean
  /** Those that took longer than they may. */
  late(): readonly string[]
  stop(): void
}

/** What a busy machine adds to the time of a call, beside what its event loop was late by. */
const slackMs = 250

export function recordCalls(): Calls {
  const lag = measureLoopLag()
  const ended: Call[] = []
  const limits: number[] = []
  const errors: unknown[] = []
  let pending = 0
  return {
    ended,
    errors,
    get pending() {
      return pending
    },
    async make({ name, party, limitMs }, call) {
      const startedAt = systemClock.now()
      const end = (outcome: string) => {
        pending -= 1
        ended.push({ name, party, startedAt, tookMs: systemClock.now() - startedAt, outcome })
        limits.push(limitMs)
      }
      pending += 1
      try {
        const answer = await call()
        end('ok')
        return answer
      } catch (error) {
        end(String((error as { code?: unknown }).code ?? error))
        errors.push(error)
        return undefined
      }
    },
    stalled: ({ startedAt, tookMs }) => lag.between(startedAt, startedAt + tookMs) > tookMs / 2,
    late() {
      return ended.flatMap(({ name, party, startedAt, tookMs, outcome }, at) => {
        const limitMs = limits[at] ?? 0
        const lagMs = lag.between(startedAt, startedAt + tookMs)
        if (tookMs <= limitMs + 2 * lagMs + slackMs) return []
        return [`${name} of ${party} took ${tookMs} of ${limitMs} ms (lag ${lagMs}), ${outcome}`]
      })
    },
    stop: () => lag.stop(),
  }
}
