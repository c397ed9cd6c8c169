import { isGreenlangError } from '@greenlang/core'
import { afterEach, describe, expect, it } from '@jest/globals'
import { memoryTier } from '../src/memory-tier.ts'
import { dropShared, shared } from '../src/shared.ts'
import { SharedMismatchError } from '../src/shared-error.ts'

/** Another copy of the package, as a second installation is. */
const copy = '../src/shared.ts?copy=2'
const there: typeof import('../src/shared.ts') = await import(copy)

const name = 'cache of users'

const thrownBy = (action: () => unknown): unknown => {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

afterEach(() => {
  dropShared(name)
})

describe('shared', () => {
  it('is made once, by the first who asks, from the options', () => {
    let made = 0
    const make = (options: { maxEntries: number }) => {
      made += 1
      return memoryTier<string>(options)
    }
    const first = shared(name, make, { maxEntries: 10 })
    expect(shared(name, make, { maxEntries: 10 })).toBe(first)
    expect(shared('another', make, { maxEntries: 10 })).not.toBe(first)
    expect(made).toBe(2)
    dropShared('another')
  })

  it('is one for two copies of the package', () => {
    const instance = shared(name, () => ({ copy: 1 }))
    expect(there.shared).not.toBe(shared)
    expect(there.shared(name, () => ({ copy: 2 }))).toBe(instance)
    const error = thrownBy(() => there.shared(name, () => ({ copy: 2 }), { maxEntries: 2 }))
    expect(isGreenlangError(error, 'SHARED_MISMATCH')).toBe(true)
  })

  it('may be undefined, null or false, which are made once too', () => {
    let made = 0
    const make = () => {
      made += 1
      return undefined
    }
    expect([shared(name, make), shared(name, make), made]).toEqual([undefined, undefined, 1])
  })

  it.each<[string, unknown, unknown]>([
    ['the order of names', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['an option that is undefined', { a: 1, b: undefined }, { a: 1 }],
    ['no options and empty ones', undefined, {}],
    [
      'the same function and instance',
      { clock: process, make: isGreenlangError },
      { make: isGreenlangError, clock: process },
    ],
    [
      'lists, dates, sets and NaN',
      { a: [1, new Date(5), new Set([1])], b: Number.NaN },
      { a: [1, new Date(5), new Set([1])], b: Number.NaN },
    ],
  ])('takes %s for the same options', (_what, first, second) => {
    const instance = shared(name, () => ({}), first)
    expect(shared(name, () => ({}), second)).toBe(instance)
  })

  it.each<[string, unknown, unknown, string[]]>([
    ['another value', { maxEntries: 10, ttl: '1s' }, { maxEntries: 11, ttl: '1s' }, ['maxEntries']],
    ['another type', { maxEntries: 10 }, { maxEntries: '10' }, ['maxEntries']],
    ['one more', {}, { ttl: 1, maxTtl: 2 }, ['ttl', 'maxTtl']],
    ['one less', { a: { b: [1, 2] } }, { a: { b: [1] } }, ['a']],
    ['another function', { key: () => 'a' }, { key: () => 'a' }, ['key']],
    ['another instance', { clock: new WeakMap() }, { clock: new WeakMap() }, ['clock']],
    ['another text as a whole', 'a', 'b', []],
  ])('throws for %s, naming the options that differ and showing none', (_what, first, second, options) => {
    shared(name, () => ({}), first)
    const error = thrownBy(() => shared(name, () => ({}), second)) as SharedMismatchError
    expect(error).toBeInstanceOf(SharedMismatchError)
    expect([error.code, error.subject, error.options]).toEqual(['SHARED_MISMATCH', name, options])
    expect(error.message).toMatch(/^shared "cache of users" was made with another option/)
  })

  it('compares with what the options were when it was made', () => {
    const options = { nested: { maxEntries: 10 } }
    const instance = shared(name, () => ({}), options)
    options.nested.maxEntries = 20
    expect(
      isGreenlangError(
        thrownBy(() => shared(name, () => ({}), options)),
        'SHARED_MISMATCH',
      ),
    ).toBe(true)
    expect(shared(name, () => ({}), { nested: { maxEntries: 10 } })).toBe(instance)
  })

  it('ends for options that hold themselves', () => {
    const cyclic = () => {
      const options: { self?: unknown } = {}
      options.self = options
      return options
    }
    const options = cyclic()
    const instance = shared(name, () => ({}), options)
    expect(shared(name, () => ({}), options)).toBe(instance)
    expect(thrownBy(() => shared(name, () => ({}), cyclic()))).toBeInstanceOf(SharedMismatchError)
  })
})

describe('a shared instance that cannot be made', () => {
  it('leaves nothing when making it throws', () => {
    const failing = () => {
      throw new Error('no memory')
    }
    expect(() => shared(name, failing, { a: 1 })).toThrow('no memory')
    expect(shared(name, () => 'made', { a: 2 })).toBe('made')
  })

  it('is one promise for all, and nothing once that is rejected', async () => {
    let made = 0
    const failing = async () => {
      made += 1
      throw new Error('no server')
    }
    const first = shared(name, failing)
    expect(shared(name, failing)).toBe(first)
    await expect(first).rejects.toThrow('no server')
    expect(made).toBe(1)
    expect(await shared(name, async () => 'made')).toBe('made')
    expect(await shared(name, async () => 'made again')).toBe('made')
  })

  it('does not take away what was made after it was dropped', async () => {
    const slow = shared(name, async () => Promise.reject(new Error('late')))
    dropShared(name)
    const instance = shared(name, () => ({}))
    await expect(slow).rejects.toThrow('late')
    expect(shared(name, () => ({}))).toBe(instance)
  })

  it('throws where it asks for itself', () => {
    const circular = (): unknown => shared(name, circular)
    expect(() => shared(name, circular)).toThrow(
      /create must be a function that does not ask for the name it makes/,
    )
    expect(shared(name, () => 'made')).toBe('made')
  })

  it.each([[''], [undefined], [7]])('refuses the name %p', wrong => {
    expect(() => shared(wrong as string, () => 1)).toThrow(/argument name must be/)
    expect(() => shared(name, wrong as never)).toThrow(/argument create must be/)
  })
})

describe('dropShared', () => {
  it('hands the instance to whoever drops it, still open, and the next one is made anew', () => {
    const tier = shared(name, () => memoryTier<number>({ maxEntries: 10 }))
    expect(dropShared(name)).toBe(tier)
    tier.put('still', 1)
    expect(tier.value('still')).toBe(1)
    expect(dropShared(name)).toBe(undefined)
    expect(shared(name, () => 'another')).toBe('another')
    tier.close()
  })
})
