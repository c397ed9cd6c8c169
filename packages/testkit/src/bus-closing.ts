/** Law 6: after `close` nothing goes on. */
import { setImmediate } from 'node:timers/promises'
import { noStamp } from '@greenlang/core'
import { type BusContext, listenTo } from './bus-context.ts'
import { type Cases, codeOf, failureOf } from './runner.ts'

/** Turns of the event loop in which a frame that was under way would show. */
const turns = 10

export const busClosingCases: Cases<BusContext> = {
  async 'fails every call after close with ClosedError'({ bus, expect }) {
    await bus.close()
    const operations: Readonly<Record<string, () => unknown>> = {
      publish: () => bus.publish({ mode: 'delete', keys: ['a'] }),
      subscribe: () => bus.subscribe(() => {}),
      watch: () => bus.watch(() => {}),
      sync: () => bus.sync(),
      resume: () => bus.resume(noStamp),
      rules: () => bus.rules(noStamp),
      retire: () => bus.retire({ stamp: noStamp, mode: 'delete', target: { all: true } }),
    }
    for (const [name, operation] of Object.entries(operations))
      expect({ name, code: await codeOf(operation) }).toEqual({ name, code: 'CLOSED' })
  },

  async 'closes as often as it is asked, also by asynchronous disposal'({ bus, expect }) {
    await Promise.all([bus.close(), bus.close()])
    await bus[Symbol.asyncDispose]()
    expect(await codeOf(() => bus.rules(noStamp))).toBe('CLOSED')
  },

  async 'lets subscribers and watchers leave after close'({ bus }) {
    const leave = [bus.subscribe(() => {}), bus.watch(() => {})]
    await bus.close()
    for (const each of leave) each()
  },

  async 'delivers nothing after close'({ bus, expect }) {
    const frames = listenTo(bus)
    const publishing = failureOf(() => bus.publish({ mode: 'delete', keys: ['a'] }))
    await bus.close()
    const heard = frames.length
    await publishing
    for (let turn = 0; turn < turns; turn += 1) await setImmediate()
    expect(frames.length).toBe(heard)
  },
}
