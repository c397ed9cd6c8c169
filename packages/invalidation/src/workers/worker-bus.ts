/** A bus for the threads of one process: see worker-record.ts. */
import { randomBytes } from 'node:crypto'
import {
  type Clock,
  checkClock,
  checkOptions,
  checkText,
  contractOf,
  type Duration,
  type Invalidation,
  type InvalidationBus,
  type Published,
  parseDuration,
  systemClock,
} from '@greenlang/core'
import { busSession } from '@greenlang/core/coherence'
import { checkInvalidation } from '../check-invalidation.ts'
import { defaultName } from './worker-record.ts'
import { WorkerWire } from './worker-wire.ts'

export interface WorkerBusOptions {
  /** Of the channel, as of the `workerRecord`. Not empty. Default `'greenlang'`. */
  name?: string
  /** How long a thread that hears nothing goes on believing its memory. 4 ms to 1 h. Default `'1s'`. */
  lease?: Duration
  /** How long one call to the record may take. 1 ms to 1 h. Default `'250ms'`. */
  deadline?: Duration
  /** Default `systemClock`. */
  clock?: Clock
}

const hourMs = 3_600_000
const shortestLeaseMs = 4
const idBytes = 16
const randomId = () => randomBytes(idBytes).toString('hex')

/**
 * For any thread of a process in which one has a `workerRecord`. Does not keep the process alive. `publish` answers
 * `propagated: false` where no record answers in time, and rejects with InvalidArgumentError or ClosedError only; `rules` and
 * `retire` reject with DeadlineError then.
 * @throws InvalidOptionError for a bad option.
 */
export function workerBus(options: WorkerBusOptions = {}): InvalidationBus {
  checkOptions('workerBus', options, ['name', 'lease', 'deadline', 'clock'])
  const clock = checkClock('clock', options.clock ?? systemClock)
  const leaseMs = parseDuration('lease', options.lease ?? '1s', { minMs: shortestLeaseMs, maxMs: hourMs })
  const deadlineMs = parseDuration('deadline', options.deadline ?? '250ms', { minMs: 1, maxMs: hourMs })
  const name = checkText('name', options.name ?? defaultName)
  const wire = new WorkerWire({ name, id: randomId(), deadlineMs, clock })
  const contract = contractOf('@greenlang/invalidation')
  const session = busSession({ wire, leaseMs, randomId, clock, contract })
  const publish = async (invalidation: Invalidation, from?: string): Promise<Published> =>
    wire.held(() => session.publish(checkInvalidation(invalidation), from))
  return {
    contract,
    publish,
    subscribe: listener => session.subscribe(listener),
    watch: listener => session.watch(listener),
    sync: () => session.sync(),
    resume: after => session.resume(after),
    rules: (since, tags) => wire.held(() => session.rules(since, tags)),
    retire: rule => wire.held(() => session.retire(rule)),
    close: () => session.close(),
    [Symbol.asyncDispose]: () => session.close(),
  }
}
