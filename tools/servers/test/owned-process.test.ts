import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { openSupervisor, type Supervisor } from '../src/owned-process.ts'
import { isAlive, until } from './support.ts'

const env = { PATH: process.env.PATH }
const node = (...args: string[]) => ({ command: process.execPath, args, env })
const forever = 'setInterval(() => {}, 1000); console.log("up")'

let opened: Supervisor[] = []
afterEach(async () => {
  await Promise.all(opened.map(supervisor => supervisor.close()))
  opened = []
})

async function open(): Promise<Supervisor> {
  const supervisor = await openSupervisor(join(tmpdir(), `servers-test-${process.pid}-`))
  opened.push(supervisor)
  return supervisor
}

describe('a supervisor', () => {
  it('runs a process and gives back its exit and its output', async () => {
    const supervisor = await open()
    const exit = await supervisor.run(node('-e', 'console.log("out"); console.error("err"); process.exit(3)'))
    expect(exit).toMatchObject({ code: 3, signal: null })
    expect(exit.output).toContain('out\n')
    expect(exit.output).toContain('err\n')
  })

  it('keeps only the end of a long output', async () => {
    const supervisor = await open()
    const noisy = node('-e', 'process.stdout.write("x".repeat(100_000) + "end")')
    const { exited } = await supervisor.start(noisy)
    const { output } = await exited
    expect(output).toHaveLength(16_384)
    expect(output.endsWith('end')).toBe(true)
  })

  it('rejects with the code of the system when there is no such program', async () => {
    const supervisor = await open()
    await expect(supervisor.start({ command: '/nowhere', args: [], env })).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })

  it('rejects with the code of the system when its directory cannot be made', async () => {
    await expect(openSupervisor('/nowhere/at-all-')).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'mkdtemp',
    })
  })

  it('ends its processes and removes its directory when it is closed, once or twice', async () => {
    const supervisor = await open()
    await writeFile(join(supervisor.directory, 'file'), 'content')
    const { pid } = await supervisor.start(node('-e', forever))
    await Promise.all([supervisor.close(), supervisor.close()])
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(supervisor.directory)).toBe(false)
    await expect(supervisor.start(node('-e', ''))).rejects.toMatchObject({ code: 'ECANCELED' })
  })

  it('ends by signals in order, and by SIGKILL what ignores them', async () => {
    const supervisor = await open()
    const file = join(tmpdir(), `servers-test-${process.pid}-signals`)
    const script = `const fs = require('fs')
      const write = text => fs.appendFileSync(${JSON.stringify(file)}, text + ' ')
      for (const name of ['SIGINT', 'SIGQUIT']) process.on(name, () => write(name))
      setInterval(() => {}, 1000)
      write('up')`
    const stubborn = { ...node('-e', script), stopSignals: ['SIGINT', 'SIGQUIT'] as const, stopLimitMs: 300 }
    const { pid, exited } = await supervisor.start(stubborn)
    await until(() => existsSync(file))
    await supervisor.close()
    expect(await readFile(file, 'utf8')).toBe('up SIGINT SIGQUIT ')
    await rm(file)
    expect(await exited).toMatchObject({ signal: 'SIGKILL' })
    expect(isAlive(pid)).toBe(false)
  })

  it('ends what its processes have started', async () => {
    const supervisor = await open()
    const script = `const child = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(forever)}]);
      require('fs').writeFileSync('grandchild', String(child.pid)); setInterval(() => {}, 1000)`
    await supervisor.start({ ...node('-e', script), cwd: supervisor.directory })
    const text = await until(() =>
      readFile(join(supervisor.directory, 'grandchild'), 'utf8').catch(() => undefined),
    )
    await supervisor.close()
    expect(Number(text)).toBeGreaterThan(0)
    await until(() => !isAlive(Number(text)) || undefined)
  })

  it('after an interrupt has ended its processes, starts none, and keeps its directory until it is closed', async () => {
    const supervisor = await open()
    const { exited } = await supervisor.start(node('-e', forever))
    supervisor.interrupt()
    expect(await exited).toMatchObject({ signal: 'SIGKILL' })
    await expect(supervisor.start(node('-e', forever))).rejects.toMatchObject({ code: 'ECANCELED' })
    expect(existsSync(supervisor.directory)).toBe(true)
  })

  it('does the work of its reaper when that is killed', async () => {
    const supervisor = await open()
    const { pid, exited } = await supervisor.start(node('-e', forever))
    const { stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })
    process.kill(Number(stdout), 'SIGKILL')
    expect(await exited).toMatchObject({ signal: 'SIGKILL' })
    await supervisor.close()
    await until(() => !isAlive(pid) || undefined)
    expect(existsSync(supervisor.directory)).toBe(false)
  })
})
