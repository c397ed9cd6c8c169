/** What nothing may be left of (I4), and what no error may tell (I9). */
import { inspect } from 'node:util'
import { expect } from '@jest/globals'
import { until } from '../support.ts'

const counted = /^(Timeout|Immediate|TCP\w*|TLS\w*|GetAddrInfo\w*)$/

/** Timers and sockets that keep this process alive. */
const resources = () => process.getActiveResourcesInfo().filter(kind => counted.test(kind)).length

/** To be called before; the function it gives, after. */
export function watchResources(): () => Promise<void> {
  const before = resources()
  return () => until(async () => resources() <= before, `no more than ${before} timers and sockets are left`)
}

/** Nowhere in an error or in what caused it. */
export function expectNoSecrets(errors: readonly unknown[], secrets: readonly string[]): void {
  const told = new Set(errors.flatMap(error => textsOf(error)))
  const leaks = [...told].filter(text => secrets.some(secret => text.includes(secret)))
  expect(leaks).toEqual([])
}

function textsOf(error: unknown): string[] {
  const { message = '', stack = '', cause } = (error ?? {}) as Error
  const own = [String(message), String(stack), inspect(error, { depth: 8, showHidden: true })]
  try {
    own.push(JSON.stringify(error) ?? '')
  } catch {
    // What has no JSON tells nothing by it.
  }
  return cause === undefined ? own : [...own, ...textsOf(cause)]
}
