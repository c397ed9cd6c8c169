/** What is asked of a tier by itself: its values are whole and of their key (I2), its counts are what was seen (I8). */
import { createEntry } from '@greenlang/core'
import { expect } from '@jest/globals'
import type { Calls } from './calls.ts'
import type { Party, Value } from './party.ts'

export interface PlainLoad {
  /** One call, of a kind that `random` chooses. */
  step(): void
  /** That `stats` says what was seen. */
  check(): void
}

export interface PlainLoadOptions {
  readonly calls: Calls
  readonly party: Party
  readonly nth: number
  readonly deadlineMs: number
  readonly random: () => number
  /** Of key and value, which no error may tell. */
  readonly secrets: { readonly key: string; readonly value: string }
  readonly fault: (text: string) => void
}

const keys = 20
let lastNumber = 0

export function plainLoad(options: PlainLoadOptions): PlainLoad {
  const { calls, party, nth, deadlineMs, random, secrets, fault } = options
  const { plain } = party
  const seen = { hits: 0, misses: 0, failures: 0 }
  const keyOf = () => `${secrets.key}-${Math.floor(random() * keys)}`
  const entryOf = (key: string) => {
    lastNumber += 1
    return createEntry<Value>({ key, number: lastNumber, text: secrets.value }, { ttl: '1m' })
  }
  const see = (key: string, value: unknown) => {
    const { key: of, number, text } = value as Value
    if (of !== key || text !== secrets.value || !(number > 0 && number <= lastNumber))
      fault(`under ${key} lay ${JSON.stringify(value)}`)
  }
  const make = async <T>(name: string, call: () => PromiseLike<T> | T, times = 1) => {
    const outcome: { answer?: T; failed: boolean } = { failed: true }
    await calls.make({ name, party: nth, limitMs: deadlineMs * times }, async () => {
      outcome.answer = await call()
      outcome.failed = false
    })
    if (outcome.failed) seen.failures += 1
    return outcome
  }
  const get = async (key: string) => {
    const { answer, failed } = await make('get', () => plain.get(key))
    if (failed) return
    seen[answer ? 'hits' : 'misses'] += 1
    if (answer) see(key, answer.value)
  }
  const getMany = async (asked: readonly string[]) => {
    const { answer, failed } = await make('getMany', () => plain.getMany(asked))
    if (failed) return
    seen.hits += answer?.size ?? 0
    seen.misses += new Set(asked).size - (answer?.size ?? 0)
    for (const [key, entry] of answer ?? []) see(key, entry.value)
  }
  const claimAndFill = async (key: string) => {
    const { answer } = await make('claim', () => plain.fills.claim([key], { forMs: 1_000 }), 2)
    const claim = answer?.get(key)
    if (claim?.kind === 'found') see(key, claim.entry.value)
    if (claim?.kind === 'granted') await make('fill', () => plain.fills.fill(key, entryOf(key), claim.token))
  }
  const set = (key: string) => make('set', () => plain.set(key, entryOf(key)))
  const drop = (key: string) => make('deleteMany', () => plain.deleteMany([key]))
  const mark = (key: string) => make('invalidateMany', () => plain.invalidateMany([key]))
  const kinds = [get, get, get, get, set, set, () => getMany([keyOf(), keyOf()]), claimAndFill, drop, mark]
  return {
    step: () => void kinds[Math.floor(random() * kinds.length)]?.(keyOf()),
    check() {
      const { hits, misses, failures } = plain.stats()
      expect({ hits, misses, failures }).toEqual(seen)
    },
  }
}
