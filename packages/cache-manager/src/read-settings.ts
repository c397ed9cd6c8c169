import { checkOptions, InvalidOptionError, type Stamp } from '@greenlang/core'
import type { ReadOptions } from './load-types.ts'

/** `ReadOptions` checked: a field absent where the caller named none. */
export interface ReadSettings {
  readonly after?: Stamp
  readonly tiers?: readonly string[]
}

export const readOptionNames = ['after', 'tiers']
const nothing: ReadSettings = Object.freeze({})

/** @throws InvalidOptionError for a bad option. */
export function readSettings(options: ReadOptions | undefined, tierNames: readonly string[]): ReadSettings {
  if (options === undefined) return nothing
  checkOptions('the read', options, readOptionNames)
  const { after, tiers } = options
  return {
    ...(after !== undefined && { after: checkStamp(after) }),
    ...(tiers !== undefined && { tiers: checkTierNames(tiers, tierNames) }),
  }
}

function checkStamp(stamp: Stamp): Stamp {
  const { history, sequence } = (stamp ?? {}) as Partial<Stamp>
  if (typeof history === 'string' && Number.isSafeInteger(sequence)) return stamp
  throw new InvalidOptionError('after', 'a stamp { history, sequence }', stamp)
}

/** @throws InvalidOptionError */
export function checkTierNames(names: readonly string[], known: readonly string[]): readonly string[] {
  const fits = Array.isArray(names) && names.length > 0 && names.every(name => known.includes(name))
  if (!fits) throw new InvalidOptionError('tiers', `one or more of ${known.join(', ')}`, names)
  return known.filter(name => names.includes(name))
}
