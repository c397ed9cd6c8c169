import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const file = join(import.meta.dirname, 'support/node-test-run.ts')
const flags = ['--conditions=greenlang-source', '--import', 'tsx', '--test-reporter', 'tap', file]

const run = (env: NodeJS.ProcessEnv) =>
  new Promise<{ code: number; output: string }>(resolve => {
    const { NODE_OPTIONS: _, ...clean } = process.env
    execFile(process.execPath, flags, { env: { ...clean, ...env } }, (error, output) =>
      resolve({ code: Number(error?.code ?? 0), output }),
    )
  })

describe('under node:test', () => {
  it('the suites run and pass', async () => {
    const { code, output } = await run({})
    expect({ code, failed: /^# fail (\d+)$/m.exec(output)?.[1] }).toEqual({ code: 0, failed: '0' })
    expect(Number(/^# pass (\d+)$/m.exec(output)?.[1])).toBeGreaterThan(70)
  })

  it('a broken implementation fails the run', async () => {
    const { code, output } = await run({ BREAK: 'yes' })
    expect({ code, failed: /^# fail (\d+)$/m.exec(output)?.[1] }).toEqual({ code: 1, failed: '1' })
  })
})
