/**
 * The connections to one place: as a rule one, which all commands share. Of several, each key has its own, so that calls
 * for it stay in order.
 */
import { slotOf } from './slot.ts'
import { type StandingConnection, type StandingPlan, standConnected } from './standing-connection.ts'

export interface Pool {
  /** The connection that commands for `key` take. */
  of(key: string | undefined): StandingConnection
  readonly all: readonly StandingConnection[]
  close(): Promise<void>
}

export function openPool(size: number, plan: StandingPlan): Pool {
  const all = Array.from({ length: size }, () => standConnected(plan))
  const [first] = all as [StandingConnection]
  return {
    all,
    of: key => (size === 1 || key === undefined ? first : (all[slotOf(key) % size] ?? first)),
    async close() {
      await Promise.all(all.map(connection => connection.close()))
    },
  }
}

/** One of them that is ready, or else any. */
export function readyOf({ all }: Pool): StandingConnection {
  return all.find(connection => connection.session !== undefined) ?? (all[0] as StandingConnection)
}
