/**
 * Gives room back while the heap of V8 nears its limit, so that a cache is not what a process dies of: above one mark
 * the bounds fall to three quarters of what is held, below another they rise again, a twentieth each time, up to what
 * was configured. Between the marks nothing changes, so that it does not swing. After CacheLib's memory monitor (Berg et
 * al., OSDI 2020).
 */
import { getHeapStatistics } from 'node:v8'
import {
  checkFunction,
  checkNumber,
  checkOptions,
  type Duration,
  InvalidOptionError,
  parseDuration,
} from '@greenlang/core'

export interface PressureOptions {
  /** How often it looks, at least 10 ms. Default `'1s'`. */
  every?: Duration
  /** Share of the heap's limit in use above which it shrinks. Above `regrowBelow`, to 1. Default 0.85. */
  shrinkAbove?: number
  /** Share of the heap's limit in use below which it regrows. From 0. Default 0.7. */
  regrowBelow?: number
  /** Says which share of memory is in use, 0 to 1. Default: V8's used heap by its limit. */
  gauge?: () => number
}

export interface Pressure {
  readonly everyMs: number
  readonly shrinkAbove: number
  readonly regrowBelow: number
  readonly gauge: () => number
}

export interface Bounds {
  readonly maxEntries: number
  readonly maxBytes: number
}

const shrinkTo = 0.75
const regrowBy = 1.05

export function pressureOf(option: boolean | PressureOptions | undefined): Pressure | undefined {
  if (option === undefined || option === false) return undefined
  const options = option === true ? {} : option
  checkOptions('pressure', options, ['every', 'shrinkAbove', 'regrowBelow', 'gauge'])
  const { every = '1s', shrinkAbove = 0.85, regrowBelow = 0.7, gauge = heapInUse } = options
  checkNumber('pressure.regrowBelow', regrowBelow, 0, 1)
  if (!(checkNumber('pressure.shrinkAbove', shrinkAbove, 0, 1) > regrowBelow))
    throw new InvalidOptionError(
      'pressure.shrinkAbove',
      `above regrowBelow, which is ${regrowBelow}`,
      shrinkAbove,
    )
  return {
    everyMs: parseDuration('pressure.every', every, { minMs: 10 }),
    shrinkAbove,
    regrowBelow,
    gauge: checkFunction('pressure.gauge', gauge),
  }
}

/** The bounds from now on; `held` is what entries take of each. */
export function boundsUnder(
  pressure: Pressure,
  state: { readonly configured: Bounds; readonly present: Bounds; readonly held: Bounds },
): Bounds {
  const { configured, present, held } = state
  const share = shareOf(pressure)
  const next = (change: (name: keyof Bounds) => number): Bounds => ({
    maxEntries: Math.max(1, Math.floor(change('maxEntries'))),
    maxBytes: Math.max(1, Math.floor(change('maxBytes'))),
  })
  if (share > pressure.shrinkAbove)
    return next(name => (held[name] > 0 ? Math.min(present[name], held[name] * shrinkTo) : present[name]))
  if (share < pressure.regrowBelow)
    return next(name => Math.min(configured[name], present[name] * regrowBy + 1))
  return present
}

/** A gauge that throws, or gives no number, changes nothing. */
function shareOf({ gauge }: Pressure): number {
  try {
    return gauge()
  } catch {
    return Number.NaN
  }
}

function heapInUse(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  return used / limit
}
