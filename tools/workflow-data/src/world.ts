import { type Calendar, createCalendar } from './calendar.ts'
import { type EmissionFactor, readEmissionFactors } from './emission-factors.ts'
import { mix32, type RowRandom, rowRandom } from './random.ts'
import { rowHex, rowId } from './row-id.ts'
import { type Scale, type ScaleName, scales } from './scale.ts'
import { type Noun, readNouns } from './wordnet.ts'
import { createZipf, type Zipf } from './zipf.ts'

/** What the rows of a table, or one aspect of them, draw their ids and random numbers by. */
export type Stream =
  | 'organizations'
  | 'users'
  | 'workflows'
  | 'agents'
  | 'workflow_executions'
  | 'agent_results'
  | 'citations'
  | 'api_keys'
  | 'audit_logs'
  | 'analytics_events'
  | 'notifications'
  | 'workflow facts'
  | 'user facts'
  | 'password hashes'
  | 'secrets'
  | 'sessions'

/** Everything that decides a data set. The same world gives the same bytes. */
export interface World {
  readonly scale: Scale
  /** The end of the 90 days, ms since the epoch. */
  readonly now: number
  readonly calendar: Calendar
  readonly nouns: readonly Noun[]
  readonly factors: readonly EmissionFactor[]
  /** Rank 0 is the busiest. */
  readonly workflowRanks: Zipf
  readonly userRanks: Zipf
  readonly organizationRanks: Zipf
  readonly factorRanks: Zipf
  id(stream: Stream, row: number): string
  hex(stream: Stream, row: number, length: number): string
  random(stream: Stream, row: number): RowRandom
}

export interface WorldOptions {
  /** Name of the size of the data set. */
  readonly scale: ScaleName
  /** Whole number within [0, 2^32). */
  readonly seed: number
  /** The end of the 90 days, in ms since the epoch. */
  readonly now: number
}

/** Reads WordNet and the emission factors: some 200 ms. */
export function createWorld({ scale: name, seed, now }: WorldOptions): World {
  const scale = scales[name]
  const streams = new Map<Stream, number>()
  const stream = (subject: Stream): number => {
    const known = streams.get(subject)
    if (known !== undefined) return known
    const made = [...subject].reduce(
      (hash, letter) => mix32(hash ^ (letter.codePointAt(0) ?? 0)),
      mix32(seed),
    )
    streams.set(subject, made)
    return made
  }
  const factors = readEmissionFactors()
  return {
    scale,
    now: Math.floor(now),
    calendar: createCalendar(now),
    nouns: readNouns(),
    factors,
    workflowRanks: createZipf(scale.workflows, 1),
    userRanks: createZipf(scale.users, 0.8),
    organizationRanks: createZipf(scale.organizations, 0.9),
    factorRanks: createZipf(factors.length, 0.7),
    id: (subject, row) => rowId(stream(subject), row),
    hex: (subject, row, length) => rowHex(stream(subject), row, length),
    random: (subject, row) => rowRandom(stream(subject), row),
  }
}
