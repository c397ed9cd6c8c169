import { createServer } from 'node:net'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type DemoRun, runDemo } from './run-demo.ts'

jest.setTimeout(120_000)

let run: DemoRun | undefined
afterEach(async () => {
  run?.child.kill('SIGTERM')
  await run?.ended
  run?.remove()
  run = undefined
})

describe('npm run demo -- --once', () => {
  it('prints the table, without one stale read or error, and leaves nothing', async () => {
    run = await runDemo(['--once'])
    expect(await run.ended).toBe(0)
    const rows = run
      .printed()
      .split('\n')
      .filter(line => /^([^[\s].*?)?\s+(database only|cached)/.test(line))
    // Four kinds, all reads and those of each process in three phases, and the updates of the last.
    expect(rows).toHaveLength(22)
    for (const row of rows) expect(row).toMatch(/ {2}0 {2,}0$/)
    expect(run.printed()).toMatch(/all reads +database only/)
    expect(run.printed()).toMatch(/set on A, get on B: [\d,]+ sets, [\d,]+ gets, .* 0 stale\./)
    expect(run.leftovers()).toEqual([])
  })
})

describe('npm run demo -- --once --break', () => {
  it.each(['redis', 'postgres'])('%s pauses it, and not one request fails', async name => {
    run = await runDemo(['--once', '--break', name])
    expect(await run.ended).toBe(0)
    expect(run.printed()).toMatch(new RegExp(`\n${name} was paused for [\\d.]+ s, not 5 s`))
    expect(run.printed()).toMatch(/reads paused +[\d,]+ +0 /)
    expect(run.printed()).toContain('failed requests: 0. stale reads: 0.')
    expect(run.leftovers()).toEqual([])
  })

  it.each(['redis', 'postgres'])('%s leaves nothing when it is stopped in the pause', async name => {
    run = await runDemo(['--once', '--seconds', '3', '--break', name])
    await run.until(new RegExp(`${name} paused: `))
    process.kill(-(run.child.pid ?? 0), 'SIGINT')
    expect(await run.ended).toBe(130)
    expect(run.leftovers()).toEqual([])
  })
})

describe('a pull of the plug', () => {
  const phases: [string, RegExp][] = [
    ['PostgreSQL is being started', /PostgreSQL: starting/],
    ['PostgreSQL is up', /PostgreSQL: .* ready/],
    ['the data is loaded', /loaded [\d,]+ rows/],
    ['the first phase has been measured', /\] database only:/],
    ['the service goes on', /The service goes on at/],
  ]

  it.each(phases)('by Ctrl-C once %s leaves nothing', async (phase, pattern) => {
    run = await runDemo([])
    await run.until(pattern)
    // As a terminal does it: to the whole foreground group.
    process.kill(-(run.child.pid ?? 0), 'SIGINT')
    expect(await run.ended).toBe(phase === 'the service goes on' ? 0 : 130)
    expect(run.leftovers()).toEqual([])
  })

  it.each(phases)('by SIGTERM once %s leaves nothing', async (_phase, pattern) => {
    run = await runDemo([])
    await run.until(pattern)
    run.child.kill('SIGTERM')
    expect(await run.ended).toBe(143)
    expect(run.leftovers()).toEqual([])
  })
})

describe('bad input', () => {
  it.each([
    [
      'an unreachable DATABASE_URL',
      { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/none' },
      /DATABASE_URL/,
    ],
    ['a DATABASE_URL that is none', { DATABASE_URL: 'hunter2' }, /DATABASE_URL/],
    ['an unreachable REDIS_URL', { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' }, /REDIS_URL/],
  ])('%s ends it with one sentence', async (_name, environment, sentence) => {
    run = await runDemo(['--once'], { environment })
    expect(await run.ended).toBe(1)
    expect(run.complaint()).toMatch(sentence)
    expect(run.printed()).not.toContain('hunter2')
    expect(run.leftovers()).toEqual([])
  })

  it('a port in use ends it with one sentence', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    run = await runDemo(['--once', '--port', String(port)])
    expect(await run.ended).toBe(1)
    expect(run.printed()).toMatch(
      new RegExp(`port ${port} cannot be listened on \\(EADDRINUSE\\); choose another with --port`),
    )
    expect(run.leftovers()).toEqual([])
    await new Promise(resolve => other.close(resolve))
  })

  it('an option that does not exist ends it before anything is started', async () => {
    run = await runDemo(['--twice'])
    expect(await run.ended).toBe(1)
    expect(run.printed()).toMatch(/--twice.*usage: npm run demo/s)
    expect(run.leftovers()).toEqual([])
  })
})
