import type { Field } from '../copy-text.ts'
import type { World } from '../world.ts'

/** Takes one row: its fields in the order of the source's columns. */
export type RowSink = (fields: readonly Field[]) => void

/** The rows of one table. Units can be written in any order and process: each depends on the world and its number only. */
export interface TableSource {
  readonly table: string
  readonly columns: readonly string[]
  /** How many units: a unit is a row, or a parent row with all its rows in this table. */
  units(world: World): number
  /** How many rows the units have in all. */
  rows(world: World): number
  write(world: World, unit: number, row: RowSink): void
}
