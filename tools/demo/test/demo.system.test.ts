import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type DemoRun, runDemo } from './run-demo.ts'

// Needs root on Linux: file systems of a few MB, mounted where only the demo sees them.
jest.setTimeout(120_000)

/** Nothing is found: no redis-server, no apt-get. */
const emptyPath = { PATH: '/nonexistent' }

let run: DemoRun | undefined
afterEach(async () => {
  run?.child.kill('SIGTERM')
  await run?.ended
  run?.remove()
  run = undefined
})

describe('no Redis to be had', () => {
  it('is said in one line, and the demo goes on with memory and disk', async () => {
    run = await runDemo(['--once'], { environment: emptyPath, small: { '.cache/servers': 1 } })
    expect(await run.ended).toBe(0)
    expect(run.printed()).toMatch(/\] .*Redis.*The demo goes on with memory and disk\.\n/)
    const [head] = run
      .printed()
      .split('\n')
      .filter(line => line.startsWith('query'))
    expect(head).toMatch(/memory +disk +stale +errors$/)
    expect(run.printed()).toMatch(/all reads +database only.* 0 +0\n/)
    expect(run.printed()).toContain('One process: without Redis')
    expect(run.leftovers()).toEqual([])
  })
})

describe('a full disk', () => {
  it.each([
    ['has no room for the database', 8],
    ['fills up as the data is loaded', 100],
  ])('that %s ends it with one sentence', async (_name, mb) => {
    run = await runDemo(['--once', '--scale', mb > 50 ? 'demo' : 'small'], { small: { temp: mb } })
    expect(await run.ended).toBe(1)
    const lastLine = run.complaint()
    expect(lastLine).toMatch(/full|no space/i)
    expect(lastLine).not.toMatch(/^\s+at /)
    expect(run.leftovers()).toEqual([])
  })
})
