import { InvalidOptionError } from './error.ts'

/** A number of milliseconds, or a number with its unit. `Infinity` never elapses. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** What a duration option may be. */
export interface DurationRange {
  /** Smallest allowed value, in ms. Default: any value > 0. */
  minMs?: number
  /** Largest allowed value, in ms. Default `Infinity`. */
  maxMs?: number
}

/**
 * The duration in milliseconds.
 * @throws InvalidOptionError naming `option` when it is not a duration or lies outside the range.
 */
export function parseDuration(option: string, value: Duration, range: DurationRange = {}): number {
  const ms = toMs(value)
  const { minMs, maxMs = Number.POSITIVE_INFINITY } = range
  const inside = ms !== undefined && ms <= maxMs && (minMs === undefined ? ms > 0 : ms >= minMs)
  if (inside) return ms
  const lower = minMs === undefined ? '> 0' : `>= ${minMs} ms`
  const upper = maxMs === Number.POSITIVE_INFINITY ? '' : ` and <= ${maxMs} ms`
  throw new InvalidOptionError(option, `a duration ${lower}${upper}, such as 250, '250ms', '5s', '1h'`, value)
}

function toMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value
  if (typeof value !== 'string') return undefined
  const match = pattern.exec(value)
  if (!match?.[1] || !match[2]) return undefined
  const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
  // '2.01s' is 2010 ms, not 2009.9999999999998.
  const whole = Math.round(ms)
  return Math.abs(ms - whole) < 1e-6 ? whole : ms
}
