/** The packages as users get them: packed, installed by npm outside the workspace, run by plain node. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { buildPackages, packTarballs, type Tarball } from '../scripts/pack-tarballs.ts'
import { type Consumer, createConsumer, withSiblings } from './consumer.ts'
import { programs } from './consumer-programs.ts'
import { type Outcome, outputOf, run, runTool } from './run.ts'
import { publishedPackages, readManifest, root } from './workspace.ts'

// Minutes only where the machine is shared: alone, two cores need about one in all.
jest.setTimeout(600_000)

let destination = ''
const consumers: Consumer[] = []
let tarballs: Tarball[] = []
let failure: unknown
/** One per package. All are begun at once, two at a time: much of their time is npm's waiting. */
const alone = new Map<string, Promise<Consumer>>()
const linted = new Map<string, Promise<string[]>>()

beforeAll(async () => {
  destination = mkdtempSync(join(tmpdir(), 'greenlang-packed-'))
  // One package that does not build is one failure: the others are packed and tried all the same.
  await buildPackages().catch(error => {
    failure = error
  })
  tarballs = await packTarballs(destination)
  const inTurn = lanes(2)
  for (const { name } of publishedPackages) {
    const names = [name, ...(programs[name]?.also ?? [])]
    const file = tarballs.find(tarball => tarball.name === name)?.file ?? ''
    alone.set(
      name,
      inTurn(() => install(names)),
    )
    linted.set(
      name,
      inTurn(() => lint(file)),
    )
  }
})

afterAll(async () => {
  await Promise.allSettled([...alone.values(), ...linted.values()])
  for (const consumer of consumers) consumer.remove()
  rmSync(destination, { recursive: true, force: true })
})

async function install(names: readonly string[], others: string[] = []): Promise<Consumer> {
  const consumer = await createConsumer(withSiblings(names, tarballs), others)
  consumers.push(consumer)
  return consumer
}

function lint(file: string): Promise<string[]> {
  const publint = outputOf(runTool('publint', [file, '--strict']))
  return Promise.all([publint, outputOf(runTool('attw', [file, '--profile', 'esm-only']))])
}

async function consumerOf(name: string): Promise<Consumer> {
  const consumer = await alone.get(name)
  if (!consumer) throw new Error(`${name} was not packed`)
  return consumer
}

/** Starts at most `count` at once, in the order they come. */
function lanes(count: number): <T>(task: () => Promise<T>) => Promise<T> {
  const busy: Promise<unknown>[] = Array.from({ length: count }, () => Promise.resolve())
  let next = 0
  return task => {
    const lane = next++ % count
    const result = (busy[lane] ?? Promise.resolve()).then(task, task)
    busy[lane] = result.catch(() => {})
    return result
  }
}

const installedFolder = ({ folder }: Consumer, name: string) => join(folder, 'node_modules', name)
const filesIn = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .sort()
    : []

describe('the family', () => {
  it('builds and packs', () => {
    if (failure) throw failure
    expect(tarballs.map(({ name }) => name).sort()).toEqual(publishedPackages.map(({ name }) => name).sort())
  })
})

describe.each(publishedPackages)('$name, packed', ({ name, folder }) => {
  it('installs alone and runs a first program under plain node', async () => {
    const consumer = await consumerOf(name)
    const program = programs[name]
    expect(await consumer.run('program.js', program?.code ?? '')).toEqual({
      code: 0,
      output: program?.prints,
    })
  })

  it('ships code, declarations and maps of every source, and no source or test', async () => {
    const shipped = installedFolder(await consumerOf(name), name)
    // A declaration of what another package lacks has no code.
    const files = filesIn(join(folder, 'src')).filter(file => !file.endsWith('.d.ts'))
    const sources = files.map(file => file.replace(/\.ts$/, ''))
    const built = sources.flatMap(file => [`${file}.d.ts`, `${file}.js`, `${file}.js.map`]).sort()
    expect(filesIn(join(shipped, 'dist'))).toEqual(built)
    const extra = name === '@greenlang/migrations' ? ['workflow'] : []
    const beside = ['dist', 'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', ...extra]
    expect(readdirSync(shipped).filter(file => !beside.includes(file))).toEqual([])
    expect(readdirSync(shipped)).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']))
  })

  it('says nothing of the workspace in its package.json', async () => {
    const text = readFileSync(join(installedFolder(await consumerOf(name), name), 'package.json'), 'utf8')
    expect(text).not.toMatch(/greenlang-source|catalog:|workspace:|\.\/src\//)
  })

  it('has nothing that publint or attw object to', async () => {
    expect(await linted.get(name)).toHaveLength(2)
  })
})

describe('what a package brings', () => {
  it.each([
    ['@greenlang/core', ['@greenlang/core']],
    ['@greenlang/cache-l1', ['@greenlang/cache-l1', '@greenlang/core']],
  ])('%s brings no third-party package', async (name, expected) => {
    expect((await consumerOf(name)).packages()).toEqual(expected)
  })
})

describe('from CommonJS', () => {
  it('require() works', async () => {
    const consumer = await consumerOf('@greenlang/core')
    const code = "console.log(require('@greenlang/core').parseDuration('ttl', '5s'))"
    const outcome = await consumer.run('program.cjs', code)
    expect(outcome).toMatchObject({ code: 0, output: expect.stringMatching(/^5000$/m) })
  })
})

describe('two copies of core', () => {
  it('of different contracts are refused by an error that names both packages', async () => {
    const consumer = await consumerOf('@greenlang/cache-manager')
    const copy = mkdtempSync(join(tmpdir(), 'greenlang-copies-'))
    try {
      cpSync(consumer.folder, copy, { recursive: true })
      nestNewerCore(copy)
      const { code, output } = await run(process.execPath, ['program.js'], { cwd: copy })
      expect(code).not.toBe(0)
      expect(output).toContain('ContractMismatchError')
      expect(output).toContain("code: 'CONTRACT_MISMATCH'")
      expect(output).toContain('@greenlang/cache-manager speaks contract 2 of @greenlang/core')
      expect(output).toContain('@greenlang/cache-l1 contract 3')
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  })
})

/** As npm would lay it out if cache-l1 asked for a later core than its neighbours do. */
function nestNewerCore(folder: string): void {
  const nested = join(folder, 'node_modules/@greenlang/cache-l1/node_modules/@greenlang/core')
  cpSync(join(folder, 'node_modules/@greenlang/core'), nested, { recursive: true })
  const file = join(nested, 'dist/contract.js')
  const code = readFileSync(file, 'utf8')
  const newer = code.replace('contractVersion = 2', 'contractVersion = 3')
  expect(newer).not.toBe(code)
  writeFileSync(file, newer)
}

describe('types', () => {
  it('of all packages compile in a strict consumer that checks libraries too', async () => {
    const nodeTypes = `@types/node@${readManifest(join(root, 'node_modules/@types/node')).version}`
    const consumer = await install(
      publishedPackages.map(({ name }) => name),
      [nodeTypes],
    )
    writeFileSync(join(consumer.folder, 'consumer.ts'), typedConsumer)
    expect(ours(await runTool('tsc', compilerFlags, { cwd: consumer.folder }))).toEqual([])
  })
})

const compilerFlags = [
  ...['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--skipLibCheck', 'false'],
  ...['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--types', 'node'],
  'consumer.ts',
]

const typedConsumer = `
${publishedPackages
  .map(({ name }, index) => {
    const entry = name === '@greenlang/migrations' ? `${name}/workflow` : name
    return `import * as package${index} from '${entry}'\nvoid package${index}`
  })
  .join('\n')}
import { createEntry, type Duration, type Entry } from '@greenlang/core'
import { memoryTier } from '@greenlang/cache-l1'
const ttl: Duration = '5m'
const tier = memoryTier<string>({ maxEntries: 10 })
tier.set('a', createEntry('value', { ttl }))
const entry: Entry<string> | undefined = tier.get('a')
void entry
// @ts-expect-error durations with unknown units do not compile
const wrong: Duration = '5 minutes'
void wrong
`

/** Faults in our declarations and in the consumer; what third parties declare is theirs. */
function ours({ output }: Outcome): string[] {
  return output
    .split('\n')
    .filter(line => / error TS|^error TS/.test(line) && !/^node_modules\/(?!@greenlang\/)/.test(line))
}
