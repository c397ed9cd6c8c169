/** Commands that tests run: their output is part of the failure, and they never outlive the test. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { root } from './workspace.ts'

export interface Outcome {
  /** 0 to 255; -1 if it was ended by a signal or never began. */
  readonly code: number
  /** What it printed, colours removed. */
  readonly output: string
}

/** Where it runs, and with what in its environment. */
export interface RunOptions {
  /** Working folder. Default: the root of the repository. */
  cwd?: string
  /** Added to the environment of this process. Default `{}`. */
  env?: Readonly<Record<string, string>>
}

const longestRunMs = 240_000

export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { cwd = root, env = {} } = options
  return new Promise(resolve => {
    const settings = { cwd, env: cleanEnvironment(env), timeout: longestRunMs, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0
      const reason = code === -1 ? `\n${file}: ${error?.message}` : ''
      resolve({ code, output: plain(stdout + stderr) + reason })
    })
    child.stdin?.end()
  })
}

/** What it printed; if it failed, an error that shows it. */
export async function outputOf(running: Promise<Outcome>): Promise<string> {
  const { code, output } = await running
  if (code !== 0) throw new Error(`ended with ${code}:\n${output}`)
  return output
}

/** A command of a package installed at the root. */
export function runTool(name: string, args: readonly string[], options?: RunOptions): Promise<Outcome> {
  return run(join(root, 'node_modules/.bin', name), args, options)
}

// Colours are escape sequences, and an escape character has no other writing in a pattern than this.
const colour = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g')
const plain = (text: string) => text.replaceAll(colour, '').trim()

/** Without what jest, npm or pnpm set for their own children: a consumer's shell has none of it. */
function cleanEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:npm_(?:lifecycle|package|config_(?:local_|global_)?prefix)|JEST_|NODE_OPTIONS$|NODE_ENV$|INIT_CWD$|FORCE_COLOR$)/.test(
        name,
      ),
  )
  return { ...Object.fromEntries(inherited), NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1', ...added }
}
