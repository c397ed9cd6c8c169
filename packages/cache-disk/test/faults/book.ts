/** What may be read: values that say whose they are, and a record of which of them each key may still hold. */
import { createEntry, type Tier } from '@greenlang/core'

/** `key#number#length#` and then as many characters as `length` says, so that a part of one is not whole. */
export function textOf(key: string, number: number, length: number): string {
  return `${key}#${number}#${length}#${`${number}.`.repeat(length).slice(0, length)}`
}

/** The number in a value of `textOf` under `key`; `undefined` for any other value. */
export function numberIn(key: string, value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  const [, number = '', length = ''] = value.slice(key.length).split('#', 3)
  return value === textOf(key, Number(number), Number(length)) ? Number(number) : undefined
}

export interface Book {
  /** Sets the next value; resolves with `'ok'` or the code of the rejection. */
  set(key: string, length?: number): Promise<string>
  /** Deletes it; resolves with `'ok'` or the code of the rejection. */
  delete(key: string): Promise<string>
  /** Gets it, and notes what is wrong with it. Resolves with whether it was a hit. */
  get(key: string): Promise<boolean>
  /** How many of `keys` are hits. */
  hits(keys: readonly string[]): Promise<number>
  /** What was read that no call of this book explains, or what `get` rejected with. Wanted: empty. */
  readonly wrong: string[]
  /** Goes on with another life of the tier. */
  reopen(tier: Tier<string>): void
  /** What a rejected or absorbed `set` replaced may be read again, as after a kill. */
  forgive(): void
}

/** One caller: calls for one key must not overlap. After `set`, whatever its outcome, nothing older may be read. */
export function createBook(first: Tier<string>): Book {
  let tier = first
  let count = 0
  const latest = new Map<string, number[]>()
  const all = new Map<string, number[]>()
  const wrong: string[] = []
  const get = async (key: string) => {
    try {
      const found = await tier.get(key)
      if (!found) return false
      const number = numberIn(key, found.value)
      if (number === undefined || !latest.get(key)?.includes(number))
        wrong.push(`${key}: ${String(found.value).slice(0, 40)}, allowed ${latest.get(key)}`)
    } catch (error) {
      wrong.push(`get ${key}: ${codeOf(error)}`)
    }
    return true
  }
  return {
    wrong,
    get,
    async set(key, length = 100) {
      count += 1
      all.set(key, [...(all.get(key) ?? []), count])
      const number = count
      const entry = createEntry(textOf(key, number, length), { ttl: '7d' })
      const outcome = await outcomeOf(async () => tier.set(key, entry))
      latest.set(key, [number])
      return outcome
    },
    async delete(key) {
      const outcome = await outcomeOf(async () => tier.deleteMany([key]))
      if (outcome !== 'ok') return outcome
      latest.delete(key)
      all.delete(key)
      return outcome
    },
    async hits(keys) {
      let hits = 0
      for (const key of keys) if (await get(key)) hits += 1
      return hits
    },
    reopen(next) {
      tier = next
    },
    forgive() {
      for (const [key, numbers] of all) latest.set(key, numbers)
    },
  }
}

/** `'ok'`, or the code of what it rejects with. */
export async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call()
    return 'ok'
  } catch (error) {
    return codeOf(error)
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return typeof code === 'string' ? code : String(message)
}

/** How often each occurs. */
export function tally(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1
  return counts
}
