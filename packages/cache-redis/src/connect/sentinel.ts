/**
 * Where the primary of a Sentinel group is. All Sentinels are asked at once: one that is stopped costs no time, and one
 * that is cut off from the others is outvoted. The answer is what more than half of them say, or what most say of those
 * that answered in time. Whether it is true, the server itself is asked then (`primaryOnly`).
 *
 * Rejected: the Sentinel client of node-redis, which hangs when all Sentinels were down, and goes back to old primaries.
 */
import { withDeadline } from '@greenlang/resilience'
import { parseAddress, type RedisAddress } from './address.ts'
import { failure, openSession, type SessionPlan } from './session.ts'
import type { SentinelSource } from './source.ts'

/** Finds the primary once; callers that ask meanwhile share the answer. */
export interface PrimaryFinder {
  find(): Promise<RedisAddress>
  /** Who still waits is refused, and no connection to a Sentinel is left. */
  close(): void
}

/** How long one Sentinel may take to answer, in ms. */
const answerMs = 800

export function createPrimaryFinder(source: SentinelSource): PrimaryFinder {
  const closing = new AbortController()
  let asking: Promise<RedisAddress> | undefined
  return {
    find() {
      asking ??= ask(source, closing.signal).finally(() => {
        asking = undefined
      })
      return asking
    },
    close: () => closing.abort(failure('CLOSED', 'the connection was closed')),
  }
}

function ask(
  { name, nodes, sentinelAccess, addressMap }: SentinelSource,
  closing: AbortSignal,
): Promise<RedisAddress> {
  const votes = new Map<string, number>()
  return new Promise((resolve, reject) => {
    const elect = (enough: number) => {
      for (const [text, count] of votes) {
        const address = count >= enough ? parseAddress(text) : undefined
        if (address) resolve(addressMap(address))
      }
    }
    const asking = nodes.map(async address => {
      const plan = { address, access: sentinelAccess }
      const found = await withDeadline('a Sentinel', answerMs, signal => askOne(plan, name, signal), {
        signal: closing,
      })
      votes.set(found, (votes.get(found) ?? 0) + 1)
      elect(Math.floor(nodes.length / 2) + 1)
    })
    Promise.allSettled(asking).then(outcomes => {
      elect(Math.max(1, ...votes.values()))
      const failed = outcomes.find(outcome => outcome.status === 'rejected')
      reject(failed?.reason ?? noPrimary())
    })
  })
}

/** The address as text. */
async function askOne(plan: SessionPlan, name: string, signal: AbortSignal): Promise<string> {
  const session = await openSession(plan, signal)
  const end = () => session.end(signal.reason)
  signal.addEventListener('abort', end)
  try {
    const reply = await session.send(['SENTINEL', 'get-master-addr-by-name', name])
    if (Array.isArray(reply)) return `${reply[0]}:${reply[1]}`
    throw noPrimary()
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}

const noPrimary = () => failure('NO_PRIMARY', 'no Sentinel knows the primary of this group')
