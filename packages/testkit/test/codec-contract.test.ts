import { describe, expect, it } from '@jest/globals'
import { codecContract } from '../src/index.ts'
import { brokenCodecs } from './support/broken-codecs.ts'
import { collect, failedTests, only } from './support/collect.ts'
import { strictJson } from './support/strict-json.ts'

codecContract({ describe, expect, it }, 'strict JSON', () => strictJson)

describe('codecContract', () => {
  it('has a broken codec for each of its tests', async () => {
    const results = await collect(runner => codecContract(runner, 'strict JSON', () => strictJson))
    expect(Object.keys(brokenCodecs).sort()).toEqual(results.map(result => result.test).sort())
  })

  it.each(Object.entries(brokenCodecs))(
    'finds out a codec of which it is not true that it %s',
    async (test, codec) => {
      expect(
        await failedTests(runner => codecContract(only(runner, test), 'a broken codec', () => codec)),
      ).toEqual([test])
    },
  )
})
