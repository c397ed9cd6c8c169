import type { Entry } from '@greenlang/core'

/**
 * Where a load finds nothing, a stale value goes too: grace must not bring it back. An entry that says so takes its place
 * for this long (ms), past all fences that a value passes; a tier that is given one removes what it has.
 */
export const absentForMs = 1

export function removes({ negative, createdAt, expiresAt }: Entry): boolean {
  return negative && expiresAt - createdAt <= absentForMs
}
