/** Row D1: killed at each call by which an operation changes files. All of them, in each mode: `npm run prove -- disk`. */
import { afterAll, describe, expect, it } from '@jest/globals'
import { removeBundles } from './bundle.ts'
import { explore } from './explore.ts'
import { operations } from './operations.ts'
import { killAtRandom } from './random-kills.ts'

// Up to forty lives of a second each, and others run beside them.
const timeoutMs = 180_000
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 20))
const durabilities = ['none', 'data', 'full'] as const
const integrities = ['sha256', 'crc32'] as const

afterAll(removeBundles)

/** Every third operation a run, and one mode of each: which, the seed says. */
const cases = Object.keys(operations).flatMap((operation, index) => {
  const durability = durabilities[(seed + index) % 3] ?? 'data'
  const integrity = integrities[(seed >> 2) % 2] ?? 'sha256'
  return (index + seed) % 3 === 0 ? [{ operation, durability, integrity }] : []
})

describe(`a kill at any moment (SEED=${seed})`, () => {
  it.each(cases)(
    'of $operation, durability $durability, $integrity, leaves nothing wrong',
    async plan => {
      const { faults, kills, points } = await explore(plan, 1)
      expect(faults).toEqual([])
      expect(points).toBeGreaterThan(8)
      expect(kills).toBeGreaterThan(points / 2)
    },
    timeoutMs,
  )

  it(
    'of a busy writer loses nothing that was acknowledged, and tears nothing',
    async () => {
      const { faults, acknowledged } = await killAtRandom({ kills: 10, seed })
      expect(faults).toEqual([])
      expect(acknowledged).toBeGreaterThan(100)
    },
    timeoutMs,
  )
})
