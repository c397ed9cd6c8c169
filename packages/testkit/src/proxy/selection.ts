import { checkFunction, checkOneOf, checkOptions, checkText } from '@greenlang/core'
import type { Direction } from './faults.ts'

/** Which connections are meant; all when nothing is said. With both `label` and `match`, both must hold. */
export interface ConnectionSelection<C> {
  /** Label that `classify` gave. A string that is not empty. Default: any, or none. */
  label?: string
  /** Whether a connection is meant; it should look at `id`, `label` and `sent` alone. Default: every one. */
  match?: (connection: C) => boolean
}

/** Which connections are meant, and which directions of them. */
export interface LaneSelection<C> extends ConnectionSelection<C> {
  /** `up` (client to server), `down` or `both`. Default `both`. */
  direction?: Direction | 'both'
}

/** That only names and values are there that can be meant. */
export function checkSelection<C>(selection: LaneSelection<C>, withDirection: boolean): void {
  const known = ['label', 'match', ...(withDirection ? ['direction'] : [])]
  checkOptions('selection', selection, known)
  const { label, match, direction } = selection
  if (label !== undefined) checkText('label', label)
  if (match !== undefined) checkFunction('match', match)
  if (direction !== undefined) checkOneOf('direction', direction, ['up', 'down', 'both'])
}

export function directionsOf({
  direction = 'both',
}: {
  direction?: Direction | 'both'
}): readonly Direction[] {
  return direction === 'both' ? ['up', 'down'] : [direction]
}

/** Whether `connection` is one of those meant. */
export function isSelected<C extends { readonly label: string | undefined }>(
  connection: C,
  { label, match }: ConnectionSelection<C>,
): boolean {
  return (label === undefined || label === connection.label) && (match === undefined || match(connection))
}
