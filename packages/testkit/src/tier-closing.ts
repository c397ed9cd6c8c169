/** Law 6: after `close` nothing goes on. `stats` may still be read; everything else says `ClosedError`. */
import type { Cases } from './runner.ts'
import { codeOf, failureOf } from './runner.ts'
import { entryOf, operationsOf, type TierContext } from './tier-context.ts'

export const closingCases: Cases<TierContext> = {
  async 'fails every call after close with ClosedError'(context) {
    const { tier, expect } = context
    const operations = operationsOf(tier, entryOf(context, 'value'))
    await tier.close()
    for (const [name, operation] of Object.entries(operations))
      expect({ name, code: await codeOf(() => operation('key')) }).toEqual({ name, code: 'CLOSED' })
  },

  async 'closes as often as it is asked, also by asynchronous disposal'({ tier, expect }) {
    await Promise.all([tier.close(), tier.close()])
    await tier.close()
    await tier[Symbol.asyncDispose]()
    expect(await codeOf(() => tier.get('key'))).toBe('CLOSED')
  },

  async 'closes by asynchronous disposal'({ tier, expect }) {
    await tier[Symbol.asyncDispose]()
    expect(await codeOf(() => tier.get('key'))).toBe('CLOSED')
  },

  async 'settles what was pending when it closes'(context) {
    const { tier } = context
    const pending = Array.from({ length: 10 }, (_, index) => [
      failureOf(() => tier.set(`key ${index}`, entryOf(context, index))),
      failureOf(() => tier.get(`key ${index}`)),
    ])
    await tier.close()
    await Promise.all(pending.flat())
  },
}
