/**
 * Where a process stands in the order of invalidations: a state machine over what it hears, without I/O.
 *
 * - `unheard`: nothing yet.
 * - `in-order`: every frame up to `applied` came.
 * - `gap`: a frame above `applied + 1` was seen, or a number that says that there is one. Frames that come meanwhile
 *   are handed on at once, for dropping early never hurts, and remembered in `beyond` so that a replay can close up.
 *
 * A history that was left is never entered again: a late message of it says nothing.
 */
import { noStamp, type Stamp } from '../stamp.ts'

interface Heard {
  /** Highest stamp seen. */
  readonly known: Stamp
  /** All frames up to here came. */
  readonly applied: Stamp
  /** Histories that were left, the last first. */
  readonly left: readonly string[]
}

export type Position =
  | ({ readonly kind: 'unheard' } & Heard)
  | ({ readonly kind: 'in-order' } & Heard)
  | ({ readonly kind: 'gap'; readonly beyond: ReadonlySet<number> } & Heard)

/** What hearing something changed. */
export interface Step {
  readonly position: Position
  /** `new`: hand the frame on. `old`: it was had before, or is of a history that was left. */
  readonly frame: 'new' | 'old'
  /** Whether a history began: what was heard before it proves nothing now. */
  readonly newHistory: boolean
}

const leftRemembered = 8
/** Past it frames beyond a gap are handed on and not remembered: the replay brings them once more. */
const mostBeyond = 1_000

export const unheard: Position = { kind: 'unheard', known: noStamp, applied: noStamp, left: [] }

/** A frame came. */
export function heardFrame(position: Position, stamp: Stamp): Step {
  const before = heardOf(position, stamp)
  if (before === undefined) return { position, frame: 'old', newHistory: false }
  if (before.newHistory) return before
  const at = before.position
  if (at.kind === 'unheard' || stamp.sequence <= at.applied.sequence) return { ...before, frame: 'old' }
  if (at.kind === 'gap') {
    if (at.beyond.has(stamp.sequence)) return { ...before, frame: 'old' }
    if (at.beyond.size >= mostBeyond) return { ...before, frame: 'new' }
    const beyond = new Set(at.beyond).add(stamp.sequence)
    return { position: closed({ ...at, beyond }), frame: 'new', newHistory: false }
  }
  if (stamp.sequence === at.applied.sequence + 1)
    return { position: { ...at, applied: stamp }, frame: 'new', newHistory: false }
  const beyond = new Set([stamp.sequence])
  return { position: { ...at, kind: 'gap', beyond }, frame: 'new', newHistory: false }
}

/** A reply or a beat told how far the record is. */
export function heardOf(position: Position, stamp: Stamp): Step | undefined {
  if (stamp.history === '' || position.left.includes(stamp.history)) return undefined
  if (position.kind === 'unheard' || position.applied.history !== stamp.history) {
    const left =
      position.kind === 'unheard'
        ? position.left
        : [position.applied.history, ...position.left].slice(0, leftRemembered)
    return {
      position: { kind: 'in-order', known: stamp, applied: stamp, left },
      frame: 'new',
      newHistory: true,
    }
  }
  if (stamp.sequence <= position.known.sequence) return { position, frame: 'new', newHistory: false }
  return { position: { ...position, known: stamp }, frame: 'new', newHistory: false }
}

/** A beat with this number came over the connection that carries frames: whatever was to come before it has come. */
export function expectUpTo(position: Position, stamp: Stamp): Position {
  if (position.kind !== 'in-order' || position.applied.history !== stamp.history) return position
  if (position.applied.sequence >= stamp.sequence) return position
  return { ...position, kind: 'gap', beyond: new Set() }
}

/** Frames after `after` are wanted again. */
export function resumeFrom(position: Position, after: Stamp): Position {
  const { known } = position
  const highest = known.history === after.history && known.sequence > after.sequence ? known : after
  return { kind: 'gap', known: highest, applied: after, left: position.left, beyond: new Set() }
}

/** The frame that follows `applied` was had by replay. */
export function replayed(position: Position, stamp: Stamp): Position {
  if (position.kind === 'unheard' || position.applied.history !== stamp.history) return position
  if (stamp.sequence !== position.applied.sequence + 1) return position
  const known = stamp.sequence > position.known.sequence ? stamp : position.known
  if (position.kind === 'in-order') return { ...position, applied: stamp, known }
  return closed({ ...position, applied: stamp, known })
}

/** The gap is closed up to `upTo`, which the record told as it replayed. */
export function replayEnded(position: Position, upTo: Stamp): Position {
  if (position.kind !== 'gap' || position.applied.history !== upTo.history) return position
  const { beyond, ...rest } = position
  if (position.applied.sequence < upTo.sequence || beyond.size > 0) return position
  return { ...rest, kind: 'in-order' }
}

/** Takes in the frames beyond that follow on. */
function closed(position: Position & { kind: 'gap' }): Position {
  let { sequence } = position.applied
  const { beyond, ...rest } = position
  const ahead = [...beyond].filter(later => later > sequence).sort((a, b) => a - b)
  while (ahead[0] === sequence + 1) sequence = ahead.shift() ?? sequence
  const applied = { history: position.applied.history, sequence }
  return { ...rest, applied, kind: 'gap', beyond: new Set(ahead) }
}
