import { runInNewContext } from 'node:vm'
import { isGreenlangError } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { cached, cacheOf } from '../src/cached.ts'

/** A load that answers when it is told to. */
function gate<T>() {
  const waiting: { answer: (value: T) => void; fail: (error: Error) => void }[] = []
  const load = () => new Promise<T>((answer, fail) => waiting.push({ answer, fail }))
  return { load, waiting }
}

const bound = { maxEntries: 100 }
const counted = <Args extends unknown[], T>(answer: (...args: Args) => T) => {
  const calls: Args[] = []
  const fn = (...args: Args): T => {
    calls.push(args)
    return answer(...args)
  }
  return { fn, calls }
}

/** Each is a call of its own. */
const different: unknown[][] = [
  [],
  [undefined],
  [null],
  [''],
  ['x', 'y'],
  ['x:y'],
  ['x,y'],
  [['x', 'y']],
  ['\0s1:a'],
  ['a'],
  [1],
  ['1'],
  [1n],
  [true],
  ['\0d1;'],
  [0],
  [-0],
  [Number.NaN],
  ['NaN'],
  ['a', undefined],
  [1, 2],
  [[1, 2]],
  [{ a: 1 }],
  [{ a: '1' }],
  [new Map([[1, 1]])],
  [new Date(1)],
  [Buffer.from('a')],
]

describe('cached', () => {
  it('W8 never takes one call for another', () => {
    const { fn, calls } = counted((..._args: unknown[]) => ({}))
    const call = cached(fn, bound)
    const answers = different.map(args => call(...args))
    expect(new Set(answers).size).toBe(different.length)
    expect(different.map(args => call(...args)).every((answer, index) => answer === answers[index])).toBe(
      true,
    )
    expect(calls.length).toBe(different.length)
    expect(call.stats()).toMatchObject({ entries: different.length, hits: different.length })
  })

  it('W8 refuses arguments without content instead of keying by their address', async () => {
    class Request {}
    const sync = cached((_argument: unknown) => 1, bound)
    for (const argument of [new Request(), () => 1, Symbol('a')])
      expect(() => sync(argument)).toThrow(/argument parts\[0\] must be/)
    const promised = cached(async (_argument: unknown) => 1, bound)
    await expect(promised(new Request())).rejects.toThrow(/argument parts\[0\]/)
  })

  it('W9 loads once for 100 who call at once', async () => {
    const { load, waiting } = gate<object>()
    const call = cached(load, bound)
    const all = Array.from({ length: 100 }, () => call())
    expect(waiting.length).toBe(1)
    waiting[0]?.answer({ name: 'Ada' })
    const [first, ...others] = await Promise.all(all)
    for (const other of others) expect(other).toBe(first)
    expect(await call()).toBe(first)
    expect(call.stats()).toEqual({ entries: 1, hits: 1, joins: 99, loads: 1, failures: 0 })
  })

  it.each([[null], [undefined], [0], [''], [false], [Number.NaN]])(
    'W9 keeps %p, which is an answer too',
    async answer => {
      const sync = counted((_id: number) => answer)
      const promised = counted(async (_id: number) => answer)
      const [call, later] = [cached(sync.fn, bound), cached(promised.fn, bound)]
      for (let round = 0; round < 5; round += 1) {
        expect(call(7)).toBe(answer)
        expect(await later(7)).toBe(answer)
      }
      expect([sync.calls.length, promised.calls.length]).toEqual([1, 1])
    },
  )

  it('stays sync for what is sync, and answers by promises what is not', async () => {
    expect(cached((id: number) => id + 1, bound)(1)).toBe(2)
    const later = cached((id: number) => Promise.resolve(id + 1), bound)
    expect(await later(1)).toBe(2)
    expect(later(1)).toBeInstanceOf(Promise)
    expect(await later(1)).toBe(2)
  })

  it('takes promises of other classes and realms for what they are', async () => {
    class Answer extends Promise<number> {}
    const foreign = runInNewContext('id => Promise.resolve(id)') as (id: number) => Promise<number>
    const { fn, calls } = counted((id: number) => (id === 7 ? Answer.resolve(7) : foreign(id)))
    const call = cached(fn, bound)
    expect([await call(8), await call(8)]).toEqual([8, 8])
    expect([await call(7), await call(7), calls.length]).toEqual([7, 7, 2])
  })

  it('keeps for ttl, five minutes unless told otherwise', async () => {
    const clock = fakeClock()
    const { fn, calls } = counted((id: number) => (id === 0 ? undefined : id))
    const brief = cached(fn, { ...bound, ttl: '1s', clock })
    const usual = cached(fn, { ...bound, clock })
    const both = () => [brief(7), brief(0), usual(7), usual(0)]
    both()
    await clock.advance(999)
    both()
    expect(calls.length).toBe(4)
    await clock.advance(1)
    both()
    expect(calls.length).toBe(6)
    await clock.advance(299_000)
    usual(7)
    usual(0)
    expect(calls.length).toBe(8)
  })

  it('is bounded', () => {
    const call = cached((id: number) => id, { maxEntries: 10 })
    for (let id = 0; id < 1_000; id += 1) call(id)
    expect(call.stats().entries <= 10).toBe(true)
  })

  it('keys by what key says', () => {
    const { fn, calls } = counted((request: { id: number; trace: symbol }) => request.id)
    const call = cached(fn, { ...bound, key: request => `${request.id}` })
    expect([call({ id: 1, trace: Symbol() }), call({ id: 1, trace: Symbol() }), calls.length]).toEqual([
      1, 1, 1,
    ])
    call.invalidate({ id: 1, trace: Symbol() })
    call({ id: 1, trace: Symbol() })
    expect(calls.length).toBe(2)
    const wrong = cached((id: number) => id, { ...bound, key: id => id as unknown as string })
    expect(() => wrong(1)).toThrow(/argument key must be a string/)
  })

  it('looks like the function', () => {
    const call = cached(function find(_id: number, _name: string) {}, bound)
    expect([call.name, call.length, Object.keys(call)]).toEqual(['find', 2, []])
  })
})

describe('cached, when a load fails', () => {
  it('throws to the caller and keeps nothing', () => {
    let left = 2
    const call = cached(() => {
      left -= 1
      if (left >= 0) throw new Error(`left ${left}`)
      return 'well'
    }, bound)
    expect(() => call()).toThrow('left 1')
    expect(() => call()).toThrow('left 0')
    expect([call(), call()]).toEqual(['well', 'well'])
    expect(call.stats()).toMatchObject({ loads: 3, failures: 2, hits: 1 })
  })

  it('rejects for all who waited, and the next one loads again', async () => {
    const { load, waiting } = gate<string>()
    const call = cached(load, bound)
    const both = Promise.allSettled([call(), call()])
    waiting[0]?.fail(new Error('no server'))
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const next = call()
    waiting[1]?.answer('well')
    expect([await next, await call(), waiting.length]).toEqual(['well', 'well', 2])
  })

  it('hands on a value that the tier refuses', async () => {
    const call = cached(async () => () => 'cannot be cloned', { ...bound, clone: true })
    expect((await call())()).toBe('cannot be cloned')
    expect((await call())()).toBe('cannot be cloned')
    expect(call.stats()).toMatchObject({ loads: 2, failures: 0, entries: 0 })
  })
})

describe('cached, when calls are forgotten', () => {
  it('forgets those of the same arguments, or all', () => {
    const { fn, calls } = counted((id: number, more: { deep: number[] }) => id + more.deep.length)
    const call = cached(fn, bound)
    const both = () => [call(1, { deep: [1] }), call(2, { deep: [] })]
    both()
    call.invalidate(1, { deep: [1] })
    call.invalidate(3, { deep: [] })
    both()
    expect(calls.map(([id]) => id)).toEqual([1, 2, 1])
    call.clear()
    both()
    expect(calls.length).toBe(5)
  })

  it.each(['invalidate', 'clear'] as const)('keeps no load that began before %s', async how => {
    const { load, waiting } = gate<string>()
    const call = cached((_id: number) => load(), bound)
    const before = call(7)
    call[how](7)
    const after = call(7)
    waiting[1]?.answer('new')
    expect(await after).toBe('new')
    waiting[0]?.answer('old')
    expect(await before).toBe('old')
    expect([await call(7), waiting.length]).toEqual(['new', 2])
  })

  it('keeps no load of which it was told to forget before anybody called again', async () => {
    const { load, waiting } = gate<string>()
    const call = cached((_id: number) => load(), bound)
    const before = call(7)
    const other = call(8)
    call.invalidate(7)
    for (const { answer } of waiting) answer('old')
    await Promise.all([before, other])
    void call(7)
    void call(8)
    expect(waiting.length).toBe(3)
  })

  it('keeps no load that makes it forget itself', async () => {
    const sync: { (id: number): number; invalidate(id: number): void } = cached((id: number): number => {
      sync.invalidate(id)
      return id
    }, bound)
    const later: { (id: number): Promise<number>; clear(): void; stats(): { loads: number } } = cached(
      async (id: number): Promise<number> => {
        later.clear()
        return id
      },
      bound,
    )
    expect([sync(1), sync(1), cacheOf(sync).stats().loads]).toEqual([1, 1, 2])
    expect([await later(1), await later(1), later.stats().loads]).toEqual([1, 1, 2])
  })

  it('calls the function every time once it is closed, also for loads under way', async () => {
    const { load, waiting } = gate<string>()
    const call = cached(load, bound)
    const before = call()
    call.close()
    call.close()
    const after = [call(), call()]
    for (const { answer } of waiting) answer('well')
    expect(await Promise.all([before, ...after])).toEqual(['well', 'well', 'well'])
    expect([waiting.length, call.stats().entries]).toEqual([3, 0])
    call.invalidate()
    call.clear()
  })

  it('closes at the end of a block', () => {
    let calls = 0
    const call = cached(() => {
      calls += 1
    }, bound)
    {
      using scoped = call
      scoped()
      scoped()
    }
    call()
    expect(calls).toBe(2)
  })
})

describe('cached, and this', () => {
  function owner(this: { name: string }): string {
    return this.name
  }

  it('W8 keeps apart what has another this, without its address', () => {
    const call = cached(owner, bound)
    const [ada, bob] = [
      { name: 'Ada', call },
      { name: 'Bob', call },
    ]
    expect([ada.call(), bob.call(), ada.call(), bob.call(), call.stats().loads]).toEqual([
      'Ada',
      'Bob',
      'Ada',
      'Bob',
      2,
    ])
  })

  it('forgets for every this, or for one', () => {
    const call = cached(owner, bound)
    const [ada, bob] = [
      { name: 'Ada', call },
      { name: 'Bob', call },
    ]
    const both = () => [ada.call(), bob.call()]
    both()
    ada.call.invalidate()
    both()
    expect(call.stats().loads).toBe(4)
    cacheOf(call, ada).invalidate()
    both()
    expect(call.stats().loads).toBe(5)
    cacheOf(call, bob).clear()
    both()
    expect(call.stats().loads).toBe(6)
    cacheOf(call, {}).invalidate()
  })

  it('keeps apart primitives as this', () => {
    const call = cached(function same(this: unknown) {
      return this
    }, bound)
    expect([1, '1', true, 1n, undefined].map(self => Reflect.apply(call, self, []))).toEqual([
      1,
      '1',
      true,
      1n,
      undefined,
    ])
  })
})

describe('cached, when it is misused', () => {
  it.each<[string, unknown[], string, RegExp]>([
    ['no options', [() => 1], 'INVALID_OPTION', /option of cached must be an object with a bound/],
    ['no bound', [() => 1, {}], 'INVALID_OPTION', /maxEntries/],
    ['a misspelt option', [() => 1, { maxEntries: 1, tll: 1 }], 'INVALID_OPTION', /tll/],
    ['a ttl of 0', [() => 1, { maxEntries: 1, ttl: 0 }], 'INVALID_OPTION', /option ttl/],
    [
      'a key that is no function',
      [() => 1, { maxEntries: 1, key: 'id' }],
      'INVALID_OPTION',
      /option key must be a function/,
    ],
    ['a generator', [function* one() {}, { maxEntries: 1 }], 'INVALID_ARGUMENT', /no generator/],
  ])('throws at once for %s', (_what, args, code, message) => {
    let thrown: unknown
    try {
      Reflect.apply(cached, undefined, args)
    } catch (error) {
      thrown = error
    }
    expect(isGreenlangError(thrown, code)).toBe(true)
    expect(String(thrown)).toMatch(message)
  })

  it('has no cache of what is not cached', () => {
    expect(() => cacheOf(() => 1)).toThrow(/argument fn must be a function or method that is cached/)
    expect(() => cacheOf(undefined as never)).toThrow(/argument fn must be/)
  })
})

/** Never called: the type check holds what must and must not compile. */
export function mustNotCompile(): void {
  const find = async (id: number, name?: string) => ({ id, name })
  const call = cached(find, { maxBytes: '1mb', ttl: '5s', key: (id, name) => `${id}${name}` })
  const answer: Promise<{ id: number }> = call(7, 'Ada')
  call.invalidate(7)
  cacheOf(call).invalidate(7, 'Ada')
  // @ts-expect-error A cache without a bound does not compile.
  cached(find, {})
  // @ts-expect-error Nor without options.
  cached(find)
  // @ts-expect-error Nor with a duration without unit.
  cached(find, { maxEntries: 1, ttl: '5 minutes' })
  // @ts-expect-error Nor with a key of other arguments.
  cached(find, { maxEntries: 1, key: (id: string) => id })
  // @ts-expect-error Nor with a misspelt option.
  cached(find, { maxEntries: 1, tll: '5m' })
  // @ts-expect-error Arguments stay what they were,
  call('7')
  // @ts-expect-error also where they are forgotten.
  call.invalidate('7')
  // @ts-expect-error A class is not called.
  cached(class {}, { maxEntries: 1 })
  void answer
}
