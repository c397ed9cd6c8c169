/** What every bus of the family holds, as one suite over any implementation. */
import type { Awaitable, InvalidationBus } from '@greenlang/core'
import { busClosingCases } from './bus-closing.ts'
import type { BusContext } from './bus-context.ts'
import { frameCases } from './bus-frames.ts'
import { recordCases } from './bus-record.ts'
import { ruleCases } from './bus-rules.ts'
import { type ContractOptions, defineSuite, type TestRunner } from './runner.ts'

const cases = { ...frameCases, ...recordCases, ...ruleCases, ...busClosingCases }

/**
 * Defines the suite `name` over the buses that `createBus` makes: each with a record of its own, called once a test;
 * the suite closes what it gets.
 * @throws InvalidOptionError when `skip` names no test of the suite or gives no reason.
 */
export function busContract(
  runner: TestRunner,
  name: string,
  createBus: () => Awaitable<InvalidationBus>,
  options: ContractOptions = {},
): void {
  const run = async (test: (context: BusContext) => Promise<void>) => {
    const bus = await createBus()
    try {
      await test({ bus, expect: runner.expect })
    } finally {
      await bus.close()
    }
  }
  defineSuite(runner, { name: `${name} is an invalidation bus`, cases, run }, options)
}
