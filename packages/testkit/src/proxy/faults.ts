import { checkBoolean, checkInteger, checkNumber, checkOneOf, checkOptions } from '@greenlang/core'

/** `up` is from the client to the server, `down` back. */
export type Direction = 'up' | 'down'

/** What goes wrong in one direction of a connection. What is left out stays as it was. */
export interface Faults {
  /** How much later bytes and ends pass, in ms. 0 to 86400000. Default `0`. */
  delayMs?: number
  /** By how much the delay varies to either side, in ms; the order is kept. 0 to 86400000. Default `0`. */
  jitterMs?: number
  /** Whether bytes vanish, those under way as well; the end of a side waits until this is over. Default `false`. */
  dropped?: boolean
  /** Whether bytes wait until this is over; above 1 MB the sender is slowed down. Default `false`. */
  held?: boolean
  /** Most bytes written at once. A whole number >= 1, or `Infinity`. Default `Infinity`. */
  sliceBytes?: number
  /**
   * Bytes from now on after which the connection breaks; at 0 it breaks when the next byte is due.
   * A whole number >= 0, or `Infinity`. Default `Infinity`.
   */
  limitBytes?: number
  /** How it breaks at `limitBytes`: `reset` (RST) or `end` (FIN), to both sides. Default `reset`. */
  atLimit?: 'reset' | 'end'
}

/** All faults of a direction, as they are in force. */
export type FaultsInForce = Readonly<Required<Faults>>

export const noFaults: FaultsInForce = {
  delayMs: 0,
  jitterMs: 0,
  dropped: false,
  held: false,
  sliceBytes: Number.POSITIVE_INFINITY,
  limitBytes: Number.POSITIVE_INFINITY,
  atLimit: 'reset',
}

const longestMs = 86_400_000

const checks: Readonly<Record<keyof Faults, (option: string, value: unknown) => unknown>> = {
  delayMs: (option, value) => checkNumber(option, value, 0, longestMs),
  jitterMs: (option, value) => checkNumber(option, value, 0, longestMs),
  dropped: checkBoolean,
  held: checkBoolean,
  sliceBytes: (option, value) => checkAmount(option, value, 1),
  limitBytes: (option, value) => checkAmount(option, value, 0),
  atLimit: (option, value) => checkOneOf(option, value, ['reset', 'end']),
}

/** The faults that are named, checked and copied: the caller may change its object. */
export function checkFaults(faults: Faults): Faults {
  checkOptions('faults', faults, Object.keys(checks))
  const named = Object.entries(faults).filter(([, value]) => value !== undefined)
  for (const [name, value] of named) checks[name as keyof Faults](name, value)
  return Object.fromEntries(named)
}

function checkAmount(option: string, value: unknown, min: number): void {
  if (value !== Number.POSITIVE_INFINITY) checkInteger(option, value, min)
}
