/** Row D9: two processes and one directory, and an owner that is killed at any moment. */
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { type FaultChild, startChild, tempDirectory, until } from './support.ts'

type State = number | null
type Change = [key: string, number: State]

const rounds = 10

/** What a key may hold: `number`s of sets, `null` for nothing. */
class Allowed {
  readonly #states = new Map<string, { done: State; maybe: State[] }>()
  readonly #keepsDone: boolean

  constructor(keepsDone: boolean) {
    this.#keepsDone = keepsDone
  }

  #of(key: string) {
    const state = this.#states.get(key) ?? { done: null, maybe: [] }
    this.#states.set(key, state)
    return state
  }

  begun([key, number]: Change): void {
    this.#of(key).maybe.push(number)
  }

  /** A delete is never undone; a set is kept by a durable tier only. */
  done([key, number]: Change): void {
    const state = this.#of(key)
    if (this.#keepsDone || number === null) Object.assign(state, { done: number, maybe: [] })
  }

  /** What was read is what a life begins with. */
  read([key, number]: Change): string[] {
    const { done, maybe } = this.#of(key)
    const isAllowed = number === done || maybe.includes(number) || (!this.#keepsDone && number === null)
    // What another life could have lost is decided by now.
    this.#states.set(key, { done: number, maybe: [] })
    return isAllowed ? [] : [`${key} held ${number}, allowed ${done} and ${maybe}`]
  }
}

/** Lives in the order in which they owned the directory. */
function judge(lives: readonly FaultChild[], keepsDone: boolean): string[] {
  const allowed = new Allowed(keepsDone)
  const wrong: string[] = []
  for (const { said } of lives)
    for (const [fact, value] of said) {
      if (fact === 'fault') wrong.push(String(value))
      if (fact === 'read') for (const one of value as Change[]) wrong.push(...allowed.read(one))
      if (fact === 'begun') allowed.begun(value as Change)
      if (fact === 'done') allowed.done(value as Change)
    }
  return wrong
}

describe('two processes and one directory', () => {
  it.each([
    ['none', 1],
    ['data', 2],
  ] as const)(
    'durability %s, seed %i: refused while the other lives, owner once it was killed',
    async (durability, seed) => {
      const directory = await tempDirectory()
      const random = seededRandom(seed)
      const start = (life: number) =>
        startChild('owners.child.ts', [
          'work',
          directory,
          String(life),
          String(seed * 100 + life),
          durability,
        ])
      const lives = [start(1)]
      await lives[0]?.hears('owner')
      for (let life = 1; life <= rounds; life += 1) {
        const [owner, next] = [lives[life - 1] as FaultChild, start(life + 1)]
        lives.push(next)
        expect(await next.hears('asked')).toBe('DIRECTORY_IN_USE')
        const wanted = owner.said.length + random() * 100
        await until('work of the owner', () => owner.said.length >= wanted)
        await owner.kill()
        expect(await next.hears('owner')).toBe(true)
        await next.hears('read')
      }
      await lives.at(-1)?.kill()
      expect(judge(lives, durability === 'data')).toEqual([])
      expect(lives.flatMap(({ said }) => said.filter(([fact]) => fact === 'done')).length).toBeGreaterThan(
        100,
      )
    },
  )
})
