import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { afterEach, describe, expect, it } from '@jest/globals'
import { fileRedis } from './file-redis.ts'

const file = fileRedis()
const script = join(import.meta.dirname, 'fixtures/fifty-thousand.ts')
const children = new Set<ChildProcessByStdio<Writable, Readable, null>>()

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  file.proxy.heal()
  await file.proxy.accept()
})

interface Cost {
  readonly codes: Readonly<Record<string, number>>
  readonly longestMs: number
  /** In MB, after each burst. */
  readonly retained: readonly number[]
  readonly peakMb: number
  readonly failures: number
  readonly closeMs: number
}

/** What 50 000 calls cost; `harm` is done once the process is there. */
async function measure(works: boolean, harm: () => unknown): Promise<Cost> {
  const url = file.proxy.url(file.redis.url)
  const args = ['--expose-gc', '--conditions=greenlang-source', '--import', 'tsx', script, url]
  const child = spawn(process.execPath, [...args, works ? 'works' : 'down'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.add(child)
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  await harm()
  child.stdin.write('go\n')
  const cost = JSON.parse((await lines.next()).value ?? '{}') as Cost
  expect((await ended)[0]).toBe(0)
  process.stdout.write(`R16: ${JSON.stringify(cost)}\n`)
  return cost
}

function expectBounded({ codes, longestMs, retained, failures, closeMs }: Cost): void {
  expect(codes.ok).toBeUndefined()
  expect(Object.values(codes).reduce((sum, each) => sum + each, 0)).toBe(50_000)
  expect(failures).toBe(50_000)
  // A connection that is silent keeps what it holds until it is given up, after a second.
  expect(Math.max(...retained)).toBeLessThan(60)
  expect(retained.at(-1)).toBeLessThan(10)
  expect(longestMs).toBeLessThan(5_000)
  expect(closeMs).toBeLessThan(1_000)
}

describe('R16 50 k operations while Redis is down', () => {
  it('refused from the start: each fails at once, and nothing piles up', async () => {
    await file.proxy.refuse()
    const cost = await measure(false, () => undefined)
    expectBounded(cost)
    expect(cost.codes.DEADLINE ?? 0).toBe(0)
  }, 60_000)

  it('cut off while it worked: the same', async () => {
    const cost = await measure(true, async () => {
      await file.proxy.refuse()
      file.proxy.resetAll()
    })
    expectBounded(cost)
  }, 60_000)

  it('silent: no more than the queue holds wait for their deadline', async () => {
    const cost = await measure(true, () => file.proxy.set({ held: true }))
    expectBounded(cost)
    expect(cost.codes.DEADLINE).toBeGreaterThan(0)
    expect(cost.codes.CIRCUIT_OPEN).toBeGreaterThan(10_000)
  }, 60_000)
})
