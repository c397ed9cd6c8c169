import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { cached, cacheOf } from '../src/cached.ts'

class Users {
  static lookups = 0
  loads = 0
  #secrets = 0
  readonly company: string

  constructor(company: string) {
    this.company = company
  }

  @cached({ maxEntries: 100, ttl: '1m' })
  async find(id: number): Promise<{ id: number; company: string } | null> {
    this.loads += 1
    return id === 0 ? null : { id, company: this.company }
  }

  @cached({ maxBytes: '1mb', key: (id: number) => `${id % 10}` })
  digit(id: number, _label?: string): string {
    this.loads += 1
    return `${this.company} ${id}`
  }

  @cached({ maxEntries: 10 })
  static lookUp(name: string): string {
    Users.lookups += 1
    return `${name} ${Users.lookups}`
  }

  @cached({ maxEntries: 10 })
  #secret(): number {
    this.#secrets += 1
    return this.#secrets
  }

  secret(): number {
    return this.#secret()
  }

  changeSecret(): void {
    cacheOf(this.#secret, this).invalidate()
  }
}

class Guests extends Users {
  override async find(id: number) {
    const found = await super.find(id)
    return found && { ...found, company: `guest of ${found.company}` }
  }
}

describe('@cached', () => {
  it('W8 keeps each instance apart, and passes this on', async () => {
    const [acme, blue] = [new Users('Acme'), new Users('Blue')]
    for (let round = 0; round < 3; round += 1) {
      expect((await acme.find(7))?.company).toBe('Acme')
      expect((await blue.find(7))?.company).toBe('Blue')
    }
    expect([acme.loads, blue.loads]).toEqual([1, 1])
  })

  it('W9 loads once for 100 who call at once, and keeps null', async () => {
    const users = new Users('Acme')
    await Promise.all(Array.from({ length: 100 }, () => users.find(7)))
    for (let call = 0; call < 5; call += 1) expect(await users.find(0)).toBe(null)
    expect(users.loads).toBe(2)
  })

  it('keeps sync methods sync, and takes key', () => {
    const users = new Users('Acme')
    expect([users.digit(7), users.digit(17, 'again'), users.digit(8)]).toEqual(['Acme 7', 'Acme 7', 'Acme 8'])
  })

  it('works on static and private methods', () => {
    expect([Users.lookUp('Ada'), Users.lookUp('Ada'), Users.lookUp('Bob')]).toEqual([
      'Ada 1',
      'Ada 1',
      'Bob 2',
    ])
    const users = new Users('Acme')
    expect([users.secret(), users.secret(), new Users('Blue').secret()]).toEqual([1, 1, 1])
    users.changeSecret()
    expect(users.secret()).toBe(2)
  })

  it('works with inheritance and super', async () => {
    const guests = new Guests('Acme')
    expect((await guests.find(7))?.company).toBe('guest of Acme')
    await guests.find(7)
    expect(guests.loads).toBe(1)
  })

  it('forgets for one instance, or for all', async () => {
    const [acme, blue] = [new Users('Acme'), new Users('Blue')]
    const both = () => Promise.all([acme.find(7), blue.find(7)])
    await both()
    cacheOf(acme.find, acme).invalidate(7)
    await both()
    expect([acme.loads, blue.loads]).toEqual([2, 1])
    cacheOf(acme.find).invalidate(7)
    await both()
    expect([acme.loads, blue.loads]).toEqual([3, 2])
    cacheOf(acme.find, blue).clear()
    await both()
    expect([acme.loads, blue.loads]).toEqual([3, 3])
  })

  it('keeps what the method is called, and adds nothing to instances', () => {
    const users = new Users('Acme')
    expect([users.find.name, users.find.length, Object.keys(users)]).toEqual([
      'find',
      1,
      ['loads', 'company'],
    ])
  })

  it('drops what has expired on an instance that nobody calls', async () => {
    const clock = fakeClock()
    class Feed {
      @cached({ maxEntries: 10, ttl: '1m', clock })
      read(name: string): string {
        return name
      }
    }
    const feed = new Feed()
    feed.read('a')
    await clock.advance(30_000)
    feed.read('b')
    expect(cacheOf(feed.read).stats().entries).toBe(2)
    for (let second = 0; second < 120; second += 1) await clock.advance(1_000)
    expect(cacheOf(feed.read).stats().entries).toBe(0)
  })

  it('keeps no instance alive, not even by values that refer to it', async () => {
    const script = join(import.meta.dirname, 'fixtures/collected-instances.ts')
    const flags = ['--expose-gc', '--conditions=greenlang-source', '--import', 'tsx', script]
    const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 60_000 })
    const { instances, alive, entries } = JSON.parse(stdout)
    expect(instances).toBe(500)
    expect(alive).toBeLessThan(10)
    expect(entries).toBeLessThan(10)
  })

  it('throws where the class is declared, for bad options and other decorators', () => {
    const declare = (options: object) => () => {
      class Bad {
        @cached(options as { maxEntries: number })
        run(): void {}
      }
      return Bad
    }
    expect(declare({})).toThrow(/maxEntries/)
    expect(declare({ maxEntries: 1, ttl: 0 })).toThrow(/option ttl/)
    const legacy: unknown = cached({ maxEntries: 1 })
    const target = { run() {} }
    expect(() => (legacy as (...args: unknown[]) => unknown)(target, 'run', {})).toThrow(/standard decorator/)
  })
})

/** Never called: the type check holds what must and must not compile. */
export function mustNotCompile(): unknown {
  class Wrong {
    // @ts-expect-error A cache without a bound does not compile.
    @cached({})
    boundless(): void {}

    // @ts-expect-error Nor one whose key takes other arguments.
    @cached({ maxEntries: 1, key: (id: string) => id })
    otherKey(_id: number): void {}

    // @ts-expect-error A field is no method.
    @cached({ maxEntries: 1 })
    field = 1

    // @ts-expect-error Nor is a getter.
    @cached({ maxEntries: 1 })
    get getter(): number {
      return 1
    }
  }
  return Wrong
}
