import { lengthened } from '../lengthened.ts'

/** A longer `uses` for a policy that treats all slots alike: the new places hold `value`. */
export function filledUses(uses: Uint8Array, length: number, value: number): Uint8Array {
  return lengthened(uses, length).fill(value, uses.length)
}
