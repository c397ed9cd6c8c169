/**
 * The entry that came first goes first, however often it is used. Nothing is counted, so a hit costs a comparison.
 * Overwriting an entry leaves its place alone.
 */
import { countsTo, type EvictionPolicy, type SlotFacts } from '../policy.ts'
import { OneList } from './one-list.ts'

export function createFifo(_facts: SlotFacts): EvictionPolicy {
  return new OneList(countsTo)
}
