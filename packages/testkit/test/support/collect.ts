import { expect } from '@jest/globals'
import type { TestRunner } from '../../src/index.ts'

export interface Result {
  readonly test: string
  readonly error: unknown
}

/** Runs what `define` defines and reports it instead of failing: how the suites themselves are tested. */
export async function collect(define: (runner: TestRunner) => void): Promise<Result[]> {
  const bodies: [string, () => Promise<void>][] = []
  define({
    describe: (_name, body) => body(),
    it: (name, body) => bodies.push([name, body]),
    expect,
  })
  const results: Result[] = []
  for (const [test, body] of bodies)
    results.push({
      test,
      error: await body().then(
        () => undefined,
        error => error ?? new Error('failed without an error'),
      ),
    })
  return results
}

/** Names of the tests that failed. */
export async function failedTests(define: (runner: TestRunner) => void): Promise<string[]> {
  return (await collect(define)).filter(result => result.error !== undefined).map(result => result.test)
}

/** `runner`, but it knows only the test named. */
export function only(runner: TestRunner, test: string): TestRunner {
  return { ...runner, it: (name, body) => (name === test ? runner.it(name, body) : undefined) }
}
