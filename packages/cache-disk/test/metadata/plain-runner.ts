/** A runner for a bare process: notes each failure, and prints what came of it as the last line. */
import { isDeepStrictEqual } from 'node:util'
import type { TestRunner } from '@greenlang/testkit'

export interface PlainOutcome {
  readonly passed: number
  readonly failures: readonly string[]
}

export interface PlainRunner extends TestRunner {
  /** Runs what was defined, one test after the other. */
  run(): Promise<PlainOutcome>
}

export function plainRunner(): PlainRunner {
  const tests: { name: string; body: () => Promise<void> }[] = []
  const run = async () => {
    const failures: string[] = []
    for (const { name, body } of tests)
      await body().catch(error => failures.push(`${name}: ${error?.stack ?? error}`))
    return { passed: tests.length - failures.length, failures }
  }
  return {
    describe: (_name, body) => body(),
    it: (name, body) => tests.push({ name, body }),
    expect: actual => ({
      toBe: expected => check(Object.is(actual, expected), actual, expected),
      toEqual: expected => check(isDeepStrictEqual(actual, expected), actual, expected),
    }),
    run,
  }
}

function check(holds: boolean, actual: unknown, expected: unknown): void {
  if (!holds) throw new Error(`${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`)
}
