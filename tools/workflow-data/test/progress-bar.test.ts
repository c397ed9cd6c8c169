import type { Clock } from '@greenlang/core'
import { type LoadProgress, progressBar } from '@greenlang/workflow-data'
import { describe, expect, it } from '@jest/globals'

function setUp(isTTY: boolean) {
  let ms = 0
  let text = ''
  const clock = { now: () => ms } as Clock
  const bar = progressBar({ isTTY, columns: 60, write: (more: string) => (text += more) }, { clock })
  const tell = (at: number, more: Partial<LoadProgress> = {}) => {
    ms = at
    const fraction = at / 10_000
    bar({
      phase: 'copy',
      table: 'users',
      rows: at * 10,
      totalRows: 100_000,
      fraction,
      elapsedMs: at,
      ...more,
    })
  }
  return { bar, tell, text: () => text }
}

describe('a progress bar', () => {
  it('prints a line at least every 2 s where there is no terminal, and the last one', () => {
    const { tell, text } = setUp(false)
    for (let at = 0; at <= 10_000; at += 100) tell(at)
    const lines = text().trimEnd().split('\n')
    expect(lines[0]).toBe('  0% 0 of 100,000 rows, 0.0 s, copy users')
    expect(lines.at(-1)).toBe('100% 100,000 of 100,000 rows, 10.0 s, done')
    const seconds = lines.map(line => Number(/([\d.]+) s/.exec(line)?.[1]))
    const gaps = seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2)
    expect(lines.length).toBeLessThanOrEqual(7)
  })

  it('rewrites one line on a terminal, no wider than it, and ends it', () => {
    const { tell, text } = setUp(true)
    for (let at = 0; at <= 10_000; at += 500) tell(at)
    const drawn = text().split('\r\x1b[2K').slice(1)
    expect(drawn).toHaveLength(21)
    for (const line of drawn) expect(line.trimEnd().length).toBeLessThan(60)
    expect(drawn[10]).toMatch(/^\[#{12}\.{12}\] {2}50% 50,000 of/)
    expect(text().split('\n')).toHaveLength(2)
    expect(text().endsWith('\n')).toBe(true)
  })

  it('leaves the line it drew when the load fails', () => {
    const { bar, tell, text } = setUp(true)
    tell(100)
    bar.end()
    bar.end()
    expect(text().endsWith('\n') && text().split('\n').length === 2).toBe(true)
  })
})
