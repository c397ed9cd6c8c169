// Run by node-test.test.ts: the suites under node:test, with the six-line `expect` of the README.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { busContract, codecContract, tierContract } from '@greenlang/testkit'
import { ListBus } from './list-bus.ts'
import { MapTier } from './map-tier.ts'
import { strictJson } from './strict-json.ts'

const expect = (actual: unknown) => ({
  toBe: (expected: unknown) => assert.equal(actual, expected),
  toEqual: (expected: unknown) => assert.deepEqual(actual, expected),
})
const runner = { describe, it, expect }

tierContract(runner, 'a Map', ({ clock }) => new MapTier(clock))
busContract(runner, 'a list', () => new ListBus())
codecContract(runner, 'strict JSON', () => strictJson)

if (process.env.BREAK === 'yes') {
  codecContract(runner, 'a broken codec', () => ({ ...strictJson, id: 0 }))
}
