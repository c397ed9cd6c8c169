/** What every tier of the family holds, as one suite over any implementation. */
import { type Awaitable, type Clock, checkNumber, type Tier } from '@greenlang/core'
import { fakeClock } from './fake-clock.ts'
import { type ContractOptions, defineSuite, type TestRunner } from './runner.ts'
import { batchCases } from './tier-batches.ts'
import { closingCases } from './tier-closing.ts'
import type { TierContext } from './tier-context.ts'
import { keyCases } from './tier-keys.ts'
import { lifeCases } from './tier-life.ts'
import { orderCases } from './tier-order.ts'
import { statsCases } from './tier-stats.ts'
import { valueCases } from './tier-values.ts'

/** Makes an empty tier that tells the time by `clock`. Called once a test; the suite closes what it gets. */
export type TierFactory = (context: { readonly clock: Clock }) => Awaitable<Tier>

export interface TierContractOptions extends ContractOptions {
  /** How much earlier than stored dates may come back, as through the clock of a server, in ms. 0 to 100. Default 0. */
  earlyMs?: number
}

const cases = {
  ...valueCases,
  ...lifeCases,
  ...batchCases,
  ...keyCases,
  ...orderCases,
  ...statsCases,
  ...closingCases,
}

/**
 * Defines the suite `name` over the tiers that `createTier` makes.
 * @throws InvalidOptionError when `skip` names no test of the suite or gives no reason, or `earlyMs` is out of its range.
 */
export function tierContract(
  runner: TestRunner,
  name: string,
  createTier: TierFactory,
  options: TierContractOptions = {},
): void {
  const earlyMs = checkNumber('earlyMs', options.earlyMs ?? 0, 0, 100)
  const run = async (test: (context: TierContext) => Promise<void>) => {
    const clock = fakeClock()
    const tier = await createTier({ clock })
    try {
      await test({ tier, clock, expect: runner.expect, earlyMs })
    } finally {
      await tier.close()
    }
  }
  defineSuite(runner, { name: `${name} is a tier`, cases, run }, options)
}
