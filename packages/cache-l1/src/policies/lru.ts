/** The least recently used goes first: every use moves the entry to the newest end of one list. */
import { type EvictionPolicy, type SlotFacts, tellEach } from '../policy.ts'
import { OneList } from './one-list.ts'

export function createLru(_facts: SlotFacts): EvictionPolicy {
  return new Lru(tellEach)
}

class Lru extends OneList {
  override use(slot: number): void {
    this.order.touch(slot)
  }

  override change(slot: number): void {
    this.order.touch(slot)
  }
}
