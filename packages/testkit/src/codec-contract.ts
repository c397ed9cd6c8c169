/** What every codec of the family holds, as one suite over any implementation. */
import type { Awaitable, Codec } from '@greenlang/core'
import { bytesCases } from './codec-bytes.ts'
import { type CodecContext, kindCases } from './codec-kinds.ts'
import { type ContractOptions, defineSuite, type TestRunner } from './runner.ts'

const cases = { ...kindCases, ...bytesCases }

/**
 * Defines the suite `name` over the codecs that `createCodec` makes, one a test.
 * @throws InvalidOptionError when `skip` names no test of the suite or gives no reason.
 */
export function codecContract(
  runner: TestRunner,
  name: string,
  createCodec: () => Awaitable<Codec>,
  options: ContractOptions = {},
): void {
  const run = async (test: (context: CodecContext) => Promise<void>) =>
    test({ codec: await createCodec(), expect: runner.expect })
  defineSuite(runner, { name: `${name} is a codec`, cases, run }, options)
}
