import { describe, expect, it } from '@jest/globals'
import { busContract } from '../src/index.ts'
import { brokenBuses } from './support/broken-buses.ts'
import { collect, failedTests, only } from './support/collect.ts'
import { ListBus } from './support/list-bus.ts'

busContract({ describe, expect, it }, 'a list', () => new ListBus())

describe('busContract', () => {
  it('has a broken bus for each of its tests', async () => {
    const results = await collect(runner => busContract(runner, 'a list', () => new ListBus()))
    expect(Object.keys(brokenBuses).sort()).toEqual(results.map(result => result.test).sort())
  })

  it.each(Object.entries(brokenBuses))(
    'finds out a bus of which it is not true that it %s',
    async (test, make) => {
      expect(await failedTests(runner => busContract(only(runner, test), 'a broken bus', make))).toEqual([
        test,
      ])
    },
  )
})
