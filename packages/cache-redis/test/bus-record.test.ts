/** The record in Redis does step by step what the record of the coherence model does. */
import type { Invalidation, Rule, Rules, Stamp } from '@greenlang/core'
import type { Standing, WireFrame } from '@greenlang/core/coherence'
import { seededRandom } from '@greenlang/testkit'
import {
  append,
  liesBehind,
  newRecord,
  type RecordState,
  replayOf,
  retireRule,
  rulesOf,
  stampOf,
} from '@greenlang/testkit/simulation'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { createOpened, namesOf, openWire, randomText, standing } from './bus-support.ts'
import { ownPrefix, rawClient, removeOwnKeys, until } from './support.ts'

const opened = createOpened()
afterEach(opened.close)
afterAll(removeOwnKeys)

const seeds = Array.from({ length: 3 }, () => Math.floor(Math.random() * 2 ** 32))
const steps = 400
const oddNames = ['a', 'b', '__proto__', 'ü\n"%', '\ud800', '\udc00x', '%D800', 'history', '*', '']

/** Chances of one run, and what they choose from. */
function createChances(seed: number) {
  const random = seededRandom(seed)
  const below = (end: number) => Math.floor(random() * end)
  const one = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T
  const some = <T>(choices: readonly T[]): T[] => Array.from({ length: 1 + below(4) }, () => one(choices))
  return { below, one, some, mode: () => one(['delete', 'invalidate', 'invalidate'] as const) }
}

type Chances = ReturnType<typeof createChances>

function anyInvalidation({ below, one, some, mode }: Chances, tags: readonly string[]): Invalidation {
  const kind = below(200)
  if (kind < 40) return { mode: mode(), keys: some(oddNames) }
  if (kind < 90) return { mode: mode(), tags: some(tags) }
  if (kind < 199) return { mode: mode(), pattern: `${one(oddNames)}${below(50)}` }
  return { mode: mode(), all: true }
}

/** The server of the model, as far as the record goes. */
function createModel(maxTags: number, maxStream: number) {
  const limits = { maxTags, maxStream, rotates: true }
  let state: RecordState | undefined
  const record = (caller: Standing) => {
    if (state === undefined || liesBehind(state, caller)) state = newRecord(caller.candidate)
    return state
  }
  return {
    now: (): Stamp => (state ? stampOf(state) : { history: '', sequence: 0 }),
    forget: () => {
      state = undefined
    },
    record: (caller: Standing, invalidation: Invalidation): WireFrame =>
      append(record(caller), limits, invalidation, caller.origin),
    beat: (caller: Standing) => stampOf(record(caller)),
    replay: (caller: Standing, after: Stamp) => replayOf(record(caller), after),
    rules: (caller: Standing, since: Stamp, tags: readonly string[]) => rulesOf(record(caller), since, tags),
    retire: (caller: Standing, rule: Rule) => retireRule(record(caller), rule),
  }
}

/** Mostly a caller that knows what there is; at times one that knows more, or has left what there is. */
function anyStanding({ below }: Chances, now: Stamp): Standing {
  const origin = `origin ${below(3)}`
  const kind = below(60)
  if (kind === 0) return standing({ origin, known: { ...now, sequence: now.sequence + 1 + below(3) } })
  if (kind === 1) return standing({ origin, left: [`x ${now.history}`, now.history, randomText()] })
  if (kind < 10) return standing({ origin, left: [`x ${now.history}`, ''] })
  if (kind < 20) return standing({ origin, known: { history: randomText(), sequence: 1_000 } })
  return standing({ origin, known: { ...now, sequence: Math.max(0, now.sequence - below(3)) } })
}

function anyStamp({ below }: Chances, now: Stamp): Stamp {
  if (below(8) === 0) return { history: randomText(), sequence: below(20) }
  return { ...now, sequence: Math.max(0, now.sequence + 2 - below(below(4) === 0 ? 200 : 12)) }
}

async function prepare(seed: number, limits: { maxTags: number; maxStream: number }) {
  const scope = ownPrefix()
  const wire = opened.keep(openWire({ scope, ...limits }))
  const heard: WireFrame[] = []
  wire.open({ frame: frame => void heard.push(frame), beat: () => undefined, connected: () => undefined })
  const admin = opened.keep(await rawClient())
  const chances = createChances(seed)
  const model = createModel(limits.maxTags, limits.maxStream)
  const first = standing()
  expect(await wire.beat(first, 1)).toEqual(model.beat(first))
  const forget = async () => {
    await admin.del(namesOf(scope).record)
    model.forget()
  }
  return { wire, model, chances, heard, forget }
}

describe.each(seeds)('the record in Redis, with chances of seed %i,', seed => {
  it('answers every call as that of the model', async () => {
    const limits = { maxTags: 10_000, maxStream: 10_000 }
    const { wire, model, chances, heard, forget } = await prepare(seed, limits)
    const { below, one, some } = chances
    const sent: WireFrame[] = []
    let rules: readonly Rule[] = []
    for (let step = 0; step < steps; step += 1) {
      if (below(150) === 0) await forget()
      const caller = anyStanding(chances, model.now())
      const kind = below(20)
      if (kind < 11) {
        const invalidation = anyInvalidation(chances, oddNames)
        const stamp = await wire.record(caller, invalidation)
        sent.push(model.record(caller, invalidation))
        expect({ step, stamp }).toEqual({ step, stamp: sent.at(-1)?.stamp })
      } else if (kind < 14) {
        const [since, tags] = [anyStamp(chances, model.now()), some(oddNames)]
        const told = model.rules(caller, since, tags)
        expect({ step, told: await wire.rules(caller, since, tags) }).toEqual({ step, told })
        rules = told.rules.length > 0 ? told.rules : rules
      } else if (kind < 16) {
        const rule = rules.length > 0 ? one(rules) : undefined
        const changed = below(4) === 0 ? { stamp: anyStamp(chances, model.now()) } : {}
        const retired: Rule = {
          stamp: model.now(),
          mode: 'delete',
          target: { all: true },
          ...rule,
          ...changed,
        }
        await wire.retire(caller, retired)
        model.retire(caller, retired)
      } else if (kind < 19) {
        const after = anyStamp(chances, model.now())
        const replay = await wire.replay(caller, after)
        expect({ step, replay }).toEqual({ step, replay: model.replay(caller, after) })
      } else {
        expect({ step, stamp: await wire.beat(caller, step) }).toEqual({ step, stamp: model.beat(caller) })
      }
    }
    await until(async () => heard.length >= sent.length, 'every frame came')
    expect(heard).toEqual(sent)
  })

  it('may forget more where it is full, and forgets no invalidation', async () => {
    const { wire, model, chances } = await prepare(seed, { maxTags: 20, maxStream: 50 })
    const tags = Array.from({ length: 40 }, (_, index) => `tag ${index}`)
    const last = new Map<string, number>()
    for (let step = 0; step < steps; step += 1) {
      const caller = standing({ known: model.now() })
      const invalidation = anyInvalidation(chances, tags)
      const { sequence } = await wire.record(caller, invalidation)
      model.record(caller, invalidation)
      if ('tags' in invalidation) for (const tag of invalidation.tags) last.set(tag, sequence)
      if (step % 10 > 0) continue
      const since = anyStamp(chances, model.now())
      const [told, expected] = [await wire.rules(caller, since, tags), model.rules(caller, since, tags)]
      expect({ ...told, floor: 0, tags: 0 }).toEqual({ ...expected, floor: 0, tags: 0 })
      expect(told.tags.size).toBeLessThanOrEqual(20)
      const from = since.history === told.known.history ? since.sequence : 0
      const forgotten = tags.filter(tag => isForgotten(told, tag, last.get(tag), from))
      expect({ step, forgotten }).toEqual({ step, forgotten: [] })
      const after = anyStamp(chances, model.now())
      const [replay, modelled] = [await wire.replay(caller, after), model.replay(caller, after)]
      if (replay.kind === modelled.kind) expect(replay).toEqual(modelled)
      else expect({ step, kind: replay.kind }).toEqual({ step, kind: 'frames' })
    }
  })
})

/** Whether an entry of this tag, made after `since`, would be believed although the tag was invalidated later. */
function isForgotten({ tags, floor }: Rules, tag: string, last: number | undefined, since: number): boolean {
  const mark = tags.get(tag)
  if (last === undefined || last <= since) return mark !== undefined
  return mark ? mark.sequence !== last : floor < last
}

describe('the record in Redis', () => {
  const kinds: readonly Invalidation[] = [
    { mode: 'delete', keys: ['a'] },
    { mode: 'delete', tags: ['a'] },
    { mode: 'delete', pattern: 'a' },
  ]

  it.each(kinds)(
    'that lies behind its caller begins a new history, which %j is the first of',
    async invalidation => {
      const { wire, heard, model } = await prepare(0, { maxTags: 10, maxStream: 10 })
      for (const ahead of [1, 2]) {
        const known = { ...model.now(), sequence: model.now().sequence + ahead }
        const caller = standing({ known })
        const stamp = await wire.record(caller, invalidation)
        expect(stamp).toEqual(model.record(caller, invalidation).stamp)
        expect(stamp).toEqual({ history: caller.candidate, sequence: 1 })
        await until(async () => heard.at(-1)?.stamp.history === stamp.history, 'its frame came')
        expect(await wire.replay(standing(), { ...stamp, sequence: 0 })).toMatchObject({
          frames: { length: 1 },
        })
      }
    },
  )

  it('keeps a rule of its own when one of another history is retired', async () => {
    const { wire } = await prepare(0, { maxTags: 10, maxStream: 10 })
    const stamp = await wire.record(standing(), { mode: 'delete', pattern: 'a' })
    const rule: Rule = { stamp, mode: 'delete', target: { pattern: 'a' } }
    await wire.retire(standing(), { ...rule, stamp: { ...stamp, history: randomText() } })
    expect(await wire.rules(standing(), stamp, [])).toMatchObject({ rules: [], retired: 0 })
    expect((await wire.rules(standing(), { ...stamp, sequence: 0 }, [])).rules).toEqual([rule])
  })
})
