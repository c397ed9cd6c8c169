/** The second binding needs a newer Node than the oldest that is supported, so it runs in one of its own. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { nodeWithSqlite } from './node-with-sqlite.ts'
import type { PlainOutcome } from './plain-runner.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const child = fileURLToPath(new URL('node-sqlite.child.ts', import.meta.url))
/** Some hundred threads are started, one for each damaged file. */
const suiteTimeoutMs = 240_000

describe('index and lock over node:sqlite', () => {
  it(
    'hold all that they hold over sqlite3',
    async () => {
      const args = ['--no-warnings', '--conditions=greenlang-source', child]
      const { stdout } = await promisify(execFile)(nodeWithSqlite(), args, {
        cwd: repository,
        timeout: suiteTimeoutMs - 5_000,
      })
      const outcome = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as PlainOutcome
      expect(outcome.failures).toEqual([])
      expect(outcome.passed).toBeGreaterThanOrEqual(40)
    },
    suiteTimeoutMs,
  )
})
