/** What the parts of one simulation share. */
import type { History } from '../coherence/history-types.ts'
import type { Database } from './database.ts'
import type { Machine } from './machine.ts'
import type { FaultKind, Mix } from './mix.ts'
import type { FakeServer } from './server.ts'
import type { Subject } from './subject.ts'
import type { World } from './world.ts'

export type CountedFault = FaultKind | 'loss' | 'twice' | 'reorder'

export interface Trial {
  readonly world: World
  readonly mix: Mix
  readonly servers: readonly FakeServer[]
  readonly database: Database
  readonly history: History
  /** Of the reads that were flagged because nobody could be asked: outside the promise, counted all the same. */
  readonly cutHistory: History
  readonly machines: readonly Machine[]
  /** What runs on each machine now. */
  readonly subjects: (Subject | undefined)[]
  /** When the record applied the invalidation of this stamp. */
  readonly appliedAt: Map<string, number>
  readonly faults: Map<CountedFault, number>
  readonly count: (fault: CountedFault) => void
  /** Keys whose last write died with its process before it was acknowledged: nothing is promised of them. */
  readonly orphaned: Set<string>
  /** No fault and no write begins after this. */
  readonly endsAt: number
}
