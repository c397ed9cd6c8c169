import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'

const run = promisify(execFile)

describe('a process that closed its guards', () => {
  it('has no timer left and ends by itself', async () => {
    const script = join(import.meta.dirname, 'fixtures/close-open-guard.ts')
    const { stdout } = await run(
      process.execPath,
      ['--conditions=greenlang-source', '--import', 'tsx', script],
      { timeout: 20_000 },
    )
    expect(JSON.parse(stdout)).toEqual({ state: 'open', timersWhileOpen: 1, timersAfterClose: 0 })
  })
})
