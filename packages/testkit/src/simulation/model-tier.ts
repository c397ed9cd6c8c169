import { type Fills, systemClock, type Tier } from '@greenlang/core'
import { seededRandom } from '../seeded-random.ts'
import { FakeServer } from './server.ts'
import { sharedTier } from './shared-tier.ts'
import { type World, wallMs } from './world.ts'

const limits = { maxTags: 9, maxStream: 9, rotates: true, maxValues: 1e6, buries: true, countsTokens: false }

/** The shared tier of the model over one fake server that answers at once, by the real clock: what a real one is held to. */
export function modelTier(seed = 1): Tier & { readonly fills: Fills } {
  const world: World = {
    get now() {
      return systemClock.now() - wallMs
    },
    random: seededRandom(seed),
    at: () => undefined,
    run: async () => undefined,
  }
  const server = new FakeServer(world, 0, limits)
  const caller = { call: async <T>(script: (server: FakeServer) => T) => script(server) }
  return sharedTier({ clock: systemClock, callers: [caller], usesServerTime: true })
}
