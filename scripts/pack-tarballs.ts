/** Builds every published package and packs it as it would be published: used by `npm run pack` and by the tests. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const root = dirname(import.meta.dirname)
// The one pnpm of this repository, wherever it runs; `packageManager` in package.json says the same.
const pnpm = ['--yes', '--prefer-offline', 'pnpm@10.34.9']
const published = ['--filter', './packages/*', '--filter', './migrations']

export interface Tarball {
  readonly name: string
  readonly version: string
  /** Absolute path of the file. */
  readonly file: string
}

/** Builds what changed since the last build. */
export async function buildPackages(): Promise<void> {
  for (const room of [...readdirSync(join(root, 'packages')).map(name => `packages/${name}`), 'migrations'])
    removeOrphans(join(root, room))
  const flags = ['--continue=dependencies-successful', '--output-logs=errors-only']
  await runPnpm(['exec', 'turbo', 'run', 'build', ...published, ...flags])
}

/** The compiler leaves what it made of sources that are gone, and it would be packed. */
function removeOrphans(room: string): void {
  const built = join(room, 'dist')
  if (!existsSync(built)) return
  for (const path of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
    const source = path.replace(/\.(?:d\.ts|js|js\.map)$/, '.ts')
    if (!existsSync(join(room, 'src', source))) rmSync(join(built, path), { recursive: true, force: true })
  }
}

/** Packs what was built into `destination`, which is emptied first. */
export async function packTarballs(destination: string): Promise<Tarball[]> {
  rmSync(destination, { recursive: true, force: true })
  mkdirSync(destination, { recursive: true })
  const printed = await runPnpm([...published, 'pack', '--json', '--pack-destination', resolve(destination)])
  const packed: { name: string; version: string; filename: string }[] = JSON.parse(printed)
  return packed.map(({ name, version, filename }) => ({ name, version, file: filename }))
}

/** What pnpm printed. A failure carries all its output: that is where the reason is. */
function runPnpm(args: readonly string[]): Promise<string> {
  const child = spawn('npx', [...pnpm, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', npm_config_loglevel: 'error' },
  })
  let printed = ''
  let all = ''
  child.stdout.on('data', chunk => {
    printed += chunk
    all += chunk
  })
  child.stderr.on('data', chunk => {
    all += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(printed)
      else reject(new Error(`pnpm ${args.join(' ')} ended with ${code}:\n${all}`))
    })
  })
}
