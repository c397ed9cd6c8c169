/** Operations on one key that overlap: none is torn, and the one issued last has the last word. */
import type { Cases } from './runner.ts'
import { failureOf } from './runner.ts'
import { entryOf, operationsOf, readValue, type TierContext } from './tier-context.ts'

const rounds = 20
const valueLength = 20_000

export const orderCases: Cases<TierContext> = {
  async 'never tears a value between overlapping sets and gets'(context) {
    const { tier, expect } = context
    const valueFor = (round: number) => String.fromCharCode(97 + round).repeat(valueLength)
    const reads: unknown[] = []
    const work = Array.from({ length: rounds }, async (_, round) => {
      const writing = tier.set('key', entryOf(context, valueFor(round), { tags: [`${round}`] }))
      const entry = await tier.get('key')
      reads.push(entry === undefined || entry.value === valueFor(Number(entry.tags[0])))
      await writing
    })
    await Promise.all(work)
    expect(reads).toEqual(reads.map(() => true))
    expect(await readValue(context, 'key')).toBe(valueFor(rounds - 1))
  },

  async 'lets a delete win over the set issued before it'(context) {
    const { tier, expect } = context
    for (let round = 0; round < rounds; round += 1) {
      const setting = tier.set('key', entryOf(context, round))
      const deleting = tier.deleteMany(['key'])
      await Promise.all([setting, deleting])
      expect(await readValue(context, 'key')).toBe(undefined)
    }
  },

  async 'lets a set win over the delete issued before it'(context) {
    const { tier, expect } = context
    await tier.set('key', entryOf(context, 'old'))
    for (let round = 0; round < rounds; round += 1) {
      const deleting = tier.deleteMany(['key'])
      const setting = tier.set('key', entryOf(context, round))
      await Promise.all([deleting, setting])
      expect(await readValue(context, 'key')).toBe(round)
    }
  },

  /** A synchronous tier has answered before a signal could matter, so it may ignore one: it is known by its answer. */
  async 'rejects with the reason of a signal that has aborted, and does nothing'(context) {
    const { tier, expect } = context
    await tier.set('kept', entryOf(context, 'kept'))
    const reason = new Error('the caller left')
    const signal = AbortSignal.abort(reason)
    const operations = operationsOf(tier, entryOf(context, 'new'))
    for (const [name, operation] of Object.entries(operations)) {
      const answer = await answerOf(() => operation(name === 'deleteMany' ? 'kept' : 'new', signal))
      if (answer.kind === 'synchronous') return
      expect({ name, failure: await failureOf(() => answer.promise) }).toEqual({ name, failure: reason })
    }
    expect([await readValue(context, 'new'), await readValue(context, 'kept')]).toEqual([undefined, 'kept'])
  },
}

type Answer =
  | { readonly kind: 'synchronous' }
  | { readonly kind: 'asynchronous'; readonly promise: PromiseLike<unknown> }

async function answerOf(operation: () => unknown): Promise<Answer> {
  let value: unknown
  try {
    value = operation()
  } catch (error) {
    return { kind: 'asynchronous', promise: Promise.reject(error) }
  }
  return isPromise(value) ? { kind: 'asynchronous', promise: value } : { kind: 'synchronous' }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
