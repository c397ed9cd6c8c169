/** How a contract suite meets a test runner: it takes `{ describe, it, expect }`, so it runs under any. */
import { checkText, InvalidArgumentError, InvalidOptionError, isGreenlangError } from '@greenlang/core'

/** The few calls of a test runner that the suites use. jest's globals fit; node:test fits with a six-line `expect`. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
  expect: Expect
}

/** Checks one value. `toBe`: the same by `Object.is`. `toEqual`: the same in depth. */
export type Expect = (actual: unknown) => {
  toBe(expected: unknown): unknown
  toEqual(expected: unknown): unknown
}

/** A test of the suite that an implementation cannot pass. */
export interface SkippedTest {
  /** Name of the test, as the suite prints it. */
  test: string
  /** Why it does not hold, and where the difference is tested. */
  reason: string
}

export interface ContractOptions {
  /** Tests that do not hold here. Each is still run and must fail: a skip that outlived its reason is an error. Default `[]`. */
  skip?: readonly SkippedTest[]
}

/** Tests by name; each is given a context of its own. */
export type Cases<Context> = Readonly<Record<string, (context: Context) => Promise<void>>>

export interface Suite<Context> {
  readonly name: string
  readonly cases: Cases<Context>
  /** Makes a context, runs the test over it, and cleans up. */
  readonly run: (test: (context: Context) => Promise<void>) => Promise<void>
}

export function defineSuite<Context>(
  runner: TestRunner,
  suite: Suite<Context>,
  { skip = [] }: ContractOptions,
): void {
  for (const { test, reason } of skip) {
    if (!Object.hasOwn(suite.cases, test))
      throw new InvalidOptionError('skip', 'names of tests of the suite', test)
    checkText('skip.reason', reason)
  }
  runner.describe(suite.name, () => {
    for (const [name, test] of Object.entries(suite.cases)) {
      const skipped = skip.find(candidate => candidate.test === name)
      if (skipped === undefined) runner.it(name, () => suite.run(test))
      else
        runner.it(`does not hold: ${name} (${skipped.reason})`, async () => {
          const failed = await failureOf(() => suite.run(test))
          runner
            .expect({ test: name, stillFails: failed !== undefined })
            .toEqual({ test: name, stillFails: true })
        })
    }
  })
}

/** What `action` threw or rejected with; `undefined` if it did neither. */
export async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action()
    return undefined
  } catch (error) {
    return error ?? new InvalidArgumentError('error', 'something that tells what happened', error)
  }
}

/** `code` of the family's error that `action` failed with; `'none'` if it succeeded, `'foreign'` for any other error. */
export async function codeOf(action: () => unknown): Promise<string> {
  const failure = await failureOf(action)
  if (failure === undefined) return 'none'
  return isGreenlangError(failure) ? failure.code : 'foreign'
}
