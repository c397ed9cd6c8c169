/**
 * `*.system.test.ts` need root on Linux and tools that few machines have installed. In CI they always run, and a missing
 * tool is a failure; elsewhere they run where they can, and one line says how many did not and what to do.
 */
import { execFileSync } from 'node:child_process'

const tools = ['mount', 'prlimit', 'setpriv', 'strace', 'unshare']
const pattern = String.raw`\.system\.test\.ts$`

/** Flags for jest. */
export function systemTestFlags(report: (line: string) => void): string[] {
  const obstacle = process.env.CI === 'true' ? undefined : findObstacle()
  if (obstacle === undefined) return []
  report(`${countFiles()} files of system tests are left out: ${obstacle}`)
  return ['--testPathIgnorePatterns', pattern]
}

function findObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'they need Linux'
  if (process.getuid?.() !== 0) return 'they need root; run "npm test" as root, in a container for example'
  const missing = tools.filter(tool => !isOnPath(tool))
  return missing.length === 0 ? undefined : `install ${missing.join(', ')} (packages util-linux and strace)`
}

function isOnPath(tool: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function countFiles(): number {
  const listed = execFileSync('git', ['ls-files', '*.system.test.ts'], { encoding: 'utf8' })
  return listed.split('\n').filter(line => line !== '').length
}
