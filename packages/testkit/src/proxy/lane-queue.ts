/** What waits in one direction: bytes, then perhaps how the side that sent them left. */

export type Unit =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly due: number }
  | { readonly kind: 'end'; readonly due: number }
  | { readonly kind: 'reset'; readonly due: number }

/** Bytes in one direction above which their sender is no longer read from, and at or below which it is again. */
const fullBytes = 2 ** 20
const relievedBytes = fullBytes / 2
/** The same for single chunks, which cost more than their bytes. */
const fullUnits = 4_096

export interface LaneQueue {
  readonly first: Unit | undefined
  readonly bytes: number
  readonly full: boolean
  readonly relieved: boolean
  add(unit: Unit): void
  /** Takes the first unit out, or of its bytes at most so many. */
  take(mostBytes: number): Unit | undefined
  /** Nothing of it is due later than `due` any more. */
  hasten(due: number): void
  dropBytes(): void
  clear(): void
}

export function createLaneQueue(): LaneQueue {
  let units: Unit[] = []
  let bytes = 0
  const keep = (kept: Unit[]) => {
    units = kept
    bytes = kept.reduce((sum, unit) => sum + sizeOf(unit), 0)
  }
  return {
    get first() {
      return units[0]
    },
    get bytes() {
      return bytes
    },
    get full() {
      return bytes > fullBytes || units.length > fullUnits
    },
    get relieved() {
      return bytes <= relievedBytes && units.length <= fullUnits / 2
    },
    add(unit) {
      units.push(unit)
      bytes += sizeOf(unit)
    },
    take(mostBytes) {
      const unit = units.shift()
      if (unit?.kind !== 'bytes') return unit
      const piece = { ...unit, bytes: unit.bytes.subarray(0, mostBytes) }
      if (piece.bytes.length < unit.bytes.length)
        units.unshift({ ...unit, bytes: unit.bytes.subarray(mostBytes) })
      bytes -= piece.bytes.length
      return piece
    },
    hasten(due) {
      units = units.map(unit => ({ ...unit, due: Math.min(unit.due, due) }))
    },
    dropBytes: () => keep(units.filter(({ kind }) => kind !== 'bytes')),
    clear: () => keep([]),
  }
}

function sizeOf(unit: Unit): number {
  return unit.kind === 'bytes' ? unit.bytes.length : 0
}
