import { firstAbove } from './zipf.ts'

export const dayMs = 86_400_000
const hourMs = 3_600_000
const windowDays = 90

/** Share of an hour's peak traffic by hour of the day, UTC: night, morning rise, a dip at noon, evening fall. */
const byHour = [
  0.12, 0.1, 0.08, 0.08, 0.1, 0.16, 0.3, 0.52, 0.8, 0.96, 1, 0.98, 0.82, 0.9, 0.98, 0.95, 0.86, 0.7, 0.52,
  0.42, 0.36, 0.3, 0.23, 0.16,
]
/** By day of the week, Sunday first. */
const byDay = [0.28, 0.96, 1, 0.99, 0.97, 0.88, 0.34]

/** The 90 days before `now`, busy by day and on weekdays. */
export interface Calendar {
  readonly start: number
  readonly end: number
  /** The moment, in whole ms, by which `fraction` (within [0, 1]) of all traffic has come. Ascending. */
  at(fraction: number): number
}

export function createCalendar(now: number): Calendar {
  const end = Math.floor(now)
  const start = end - windowDays * dayMs
  const hours = windowDays * 24
  const cumulative = new Float64Array(hours)
  let total = 0
  for (let hour = 0; hour < hours; hour++) {
    const date = new Date(start + hour * hourMs)
    total += (byHour[date.getUTCHours()] ?? 1) * (byDay[date.getUTCDay()] ?? 1)
    cumulative[hour] = total
  }
  const at = (fraction: number) => {
    const target = fraction * total
    const hour = firstAbove(cumulative, target)
    const before = hour === 0 ? 0 : (cumulative[hour - 1] as number)
    const within = (target - before) / ((cumulative[hour] as number) - before)
    return Math.min(end, Math.floor(start + (hour + within) * hourMs))
  }
  return { start, end, at }
}
