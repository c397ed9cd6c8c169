/**
 * A program out of Debian's or Ubuntu's packages, without root and without installing anything.
 *
 * `apt-get update` and `apt-get download` run with lists, cache and configuration of our own: what the machine trusts
 * and where it fetches from is taken over, its own lists are neither read nor changed, and none of its hooks run.
 * `dpkg-deb -x` only unpacks. Libraries that the program misses come from the packages it depends on.
 *
 * Everything happens in a temporary directory inside the cache directory and is then renamed to its final name: a run
 * that is cut off leaves nothing, and of two at once the second uses what the first made.
 */
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { childEnvironment } from './child-environment.ts'
import { onPath } from './on-path.ts'
import type { CheckedCommon } from './options.ts'
import type { Supervisor } from './owned-process.ts'
import { underSupervisor } from './start.ts'

export interface DebianPackage {
  readonly name: string
  /** Packages fetched with it, because it is known to need them. */
  readonly more: readonly string[]
  /** Path of the program inside the packages. */
  readonly program: string
}

export interface UnpackedProgram {
  readonly command: string
  readonly env: NodeJS.ProcessEnv
}

/** Whether the program runs. */
type Works = (command: string, env: NodeJS.ProcessEnv) => Promise<boolean>

/** The program, from the cache directory or downloaded into it; or in one clause, why not. */
export async function debianProgram(
  wanted: DebianPackage,
  works: Works,
  { cacheDirectory, report, signal }: CheckedCommon,
): Promise<UnpackedProgram | string> {
  const tools = await Promise.all(['apt-get', 'apt-config', 'dpkg-deb', 'dpkg-query', 'ldd'].map(onPath))
  if (tools.includes(undefined)) return 'this is not Debian or Ubuntu, so its package cannot be downloaded'
  const home = join(cacheDirectory, `${wanted.name}-${await releaseName()}-${process.arch}`)
  const kept = await unpackedIn(home, wanted)
  if (kept && (await works(kept.command, kept.env))) return kept
  report(`downloading the Debian package ${wanted.name} into ${cacheDirectory}; nothing is installed`)
  try {
    await mkdir(cacheDirectory, { recursive: true })
    await underSupervisor({ prefix: join(cacheDirectory, 'unpack-'), signal }, async supervisor => {
      await downloadAndUnpack(supervisor, wanted)
      await moveInto(home, supervisor.directory, async () => {
        const other = await unpackedIn(home, wanted)
        return other !== undefined && (await works(other.command, other.env))
      })
      await supervisor.close()
    })
  } catch (error) {
    signal?.throwIfAborted()
    return `the Debian package ${wanted.name} could not be downloaded (${(error as Error).message})`
  }
  const fresh = await unpackedIn(home, wanted)
  return fresh && (await works(fresh.command, fresh.env))
    ? fresh
    : `the Debian package ${wanted.name} does not run here`
}

async function downloadAndUnpack(supervisor: Supervisor, wanted: DebianPackage): Promise<void> {
  const apt = await privateApt(supervisor)
  await run(supervisor, 'apt-get', { args: ['update', '-q'], env: apt })
  await fetchAndUnpack(supervisor, [wanted.name, ...wanted.more], apt)
  if (!(await missesLibraries(supervisor, wanted))) return
  const libraries = await dependenciesNotInstalled(supervisor)
  if (libraries.length > 0) await fetchAndUnpack(supervisor, libraries, apt)
}

/** The environment under which apt uses directories of ours, and the machine's sources, keys and proxies. */
async function privateApt(supervisor: Supervisor): Promise<NodeJS.ProcessEnv> {
  const state = join(supervisor.directory, 'apt')
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    await mkdir(join(state, folder), { recursive: true })
  const machine = await run(supervisor, 'apt-config', { args: ['dump'] })
  const hooks = /^(APT::Update::|DPkg::)(Pre|Post)-|^Dir::(State::lists|Cache|Etc::(parts|main))/
  const own = {
    'Dir::State::lists': join(state, 'lists'),
    'Dir::Cache': join(state, 'cache'),
    'Dir::Cache::archives': join(state, 'cache', 'archives'),
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::main': '/dev/null',
    'Acquire::Languages': 'none',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
    ...(process.getuid?.() === 0 ? { 'APT::Sandbox::User': 'root' } : {}),
  }
  const lines = machine.split('\n').filter(line => !hooks.test(line))
  lines.push(...Object.entries(own).map(([name, value]) => `${name} "${value}";`))
  const file = join(state, 'apt.conf')
  await writeFile(file, `${lines.join('\n')}\n`)
  return { APT_CONFIG: file, DEBIAN_FRONTEND: 'noninteractive', TMPDIR: state }
}

async function fetchAndUnpack(
  supervisor: Supervisor,
  packages: readonly string[],
  apt: NodeJS.ProcessEnv,
): Promise<void> {
  const downloads = join(supervisor.directory, 'downloads')
  await mkdir(downloads, { recursive: true })
  await run(supervisor, 'apt-get', {
    args: ['download', '-q', ...packages],
    env: apt,
    cwd: downloads,
  })
  for (const file of await readdir(downloads))
    await run(supervisor, 'dpkg-deb', {
      args: ['-x', join(downloads, file), join(supervisor.directory, 'root')],
    })
}

async function missesLibraries(supervisor: Supervisor, wanted: DebianPackage): Promise<boolean> {
  const unpacked = await unpackedIn(join(supervisor.directory, 'root'), wanted)
  if (!unpacked) throw new Error(`it holds no ${wanted.program}`)
  return (await run(supervisor, 'ldd', { args: [unpacked.command], env: unpacked.env })).includes('not found')
}

/** Of what the unpacked packages depend on, the libraries that this machine does not have. */
async function dependenciesNotInstalled(supervisor: Supervisor): Promise<string[]> {
  const downloads = join(supervisor.directory, 'downloads')
  const named = new Set<string>()
  for (const file of await readdir(downloads)) {
    const depends = await run(supervisor, 'dpkg-deb', { args: ['-f', join(downloads, file), 'Depends'] })
    for (const alternative of depends.split(/[,|]/)) named.add(alternative.trim().split(/[ (:]/)[0] ?? '')
  }
  const format = `\${Package} \${db:Status-Status}\\n`
  const installed = await run(supervisor, 'dpkg-query', { args: ['-W', '-f', format] })
  const present = new Set(
    installed
      .split('\n')
      .filter(line => line.endsWith(' installed'))
      .map(line => line.split(' ')[0]),
  )
  return [...named].filter(name => name.startsWith('lib') && !present.has(name))
}

/** Gives `root` its final name; where another run was first and its result works, that one stays. */
async function moveInto(home: string, directory: string, otherWorks: () => Promise<boolean>): Promise<void> {
  const root = join(directory, 'root')
  try {
    await rename(root, home)
  } catch (error) {
    if (await otherWorks()) return
    await rename(home, join(directory, 'broken')).catch(() => {})
    await rename(root, home).catch(() => Promise.reject(error))
  }
}

async function unpackedIn(home: string, { program }: DebianPackage): Promise<UnpackedProgram | undefined> {
  const command = join(home, program)
  if (!(await stat(command).catch(() => undefined))) return undefined
  const folders = await Promise.all(['usr/lib', 'lib'].map(folder => libraryFolders(join(home, folder))))
  const inherited = process.env.LD_LIBRARY_PATH ? [process.env.LD_LIBRARY_PATH] : []
  return { command, env: { LD_LIBRARY_PATH: [...folders.flat(), ...inherited].join(delimiter) } }
}

/** Debian keeps libraries in a folder named for the architecture, such as `x86_64-linux-gnu`. */
async function libraryFolders(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter(name => /-linux-gnu/.test(name)).map(name => join(folder, name))
}

async function releaseName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(text)?.[1] ?? 'unknown'
  return `${field('ID')}-${field('VERSION_ID')}`
}

/** An argument list, and what goes over our environment and the supervisor's directory. */
interface Run {
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

async function run(supervisor: Supervisor, command: string, { args, env, cwd }: Run): Promise<string> {
  const place = { env: childEnvironment(env), cwd: cwd ?? supervisor.directory }
  const { code, output } = await supervisor.run({ command, args, ...place })
  if (code === 0) return output
  const said = output.split('\n').findLast(line => line.startsWith('E:')) ?? output.trim().split('\n').at(-1)
  throw new Error(`${command} ${args[0]}: ${said}`)
}
