/** The star of dependencies: who may import whom, said by package.json and done by the sources. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'
import {
  type Manifest,
  publishedPackages,
  readManifest,
  root,
  type Workspace,
  workspaces,
} from './workspace.ts'

/** Siblings that a published package may import; a row the design does not have is a row this table must not get. */
const star: Record<string, readonly string[]> = {
  core: [],
  testkit: ['core'],
  'cache-l1': ['core'],
  'cache-redis': ['core', 'codec', 'resilience'],
  'cache-disk': ['core', 'codec'],
  'cache-manager': ['core', 'invalidation', 'resilience'],
  invalidation: ['core'],
  'db-pool': ['core', 'resilience'],
  'query-optimizer': ['core'],
  codec: ['core'],
  resilience: ['core'],
  metrics: ['core'],
  migrations: ['core'],
}

const withoutThirdParties = ['core', 'cache-l1']
const ownName = /^@greenlang\//
const short = (name: string) => name.replace(ownName, '')
const allowedFor = (name: string) => (star[short(name)] ?? []).map(sibling => `@greenlang/${sibling}`)

/** What is installed with the package: everything but its devDependencies. */
function shipped({ manifest }: Workspace): string[] {
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
}

const declaredBy = (workspace: Workspace) => [
  ...shipped(workspace),
  ...Object.keys(workspace.manifest.devDependencies ?? {}),
]

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts') && !path.includes('node_modules'))
    .map(path => join(folder, path))
}

const importsOf = (file: string) =>
  ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName)

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

describe('the star of dependencies', () => {
  it('has a row for every published package and no other', () => {
    expect(publishedPackages.map(({ name }) => short(name)).sort()).toEqual(Object.keys(star).sort())
  })

  it.each(publishedPackages)('$name declares only the siblings the design gives it', workspace => {
    const siblings = shipped(workspace).filter(name => ownName.test(name))
    const allowed = allowedFor(workspace.name)
    expect(siblings.filter(name => !allowed.includes(name))).toEqual([])
  })

  it.each(publishedPackages)(
    '$name takes core as a peer with a wide range, and testkit for tests only',
    workspace => {
      const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = workspace.manifest
      expect(dependencies).not.toHaveProperty(['@greenlang/core'])
      for (const [name, range] of Object.entries(peerDependencies))
        if (name === '@greenlang/core') expect(range).toBe('>=0.0.0 <1.0.0')
      expect(shipped(workspace)).not.toContain('@greenlang/testkit')
      const tests = [...allowedFor(workspace.name), '@greenlang/testkit', '@greenlang/servers']
      const siblings = Object.keys(devDependencies).filter(name => ownName.test(name))
      expect(siblings.filter(name => !tests.includes(name))).toEqual([])
    },
  )

  it.each(publishedPackages)('$name imports what it ships with, and no inside of a sibling', workspace => {
    const declared = shipped(workspace)
    expect(strayImports(workspace, 'src', declared)).toEqual([])
  })

  it.each(workspaces)('the tests of $name import no inside of a sibling', workspace => {
    expect(
      strayImports(workspace, 'test', [...declaredBy(workspace), workspace.name, ...sharedByTests]),
    ).toEqual([])
  })

  it.each(workspaces.filter(({ isPublished }) => !isPublished))(
    '$name imports no inside of a sibling',
    workspace => {
      expect(strayImports(workspace, 'src', declaredBy(workspace))).toEqual([])
    },
  )

  it.each(publishedPackages)('$name depends on nothing that is not published', workspace => {
    const names = publishedPackages.map(({ name }) => name)
    const siblings = shipped(workspace).filter(name => ownName.test(name))
    expect(siblings.filter(name => !names.includes(name))).toEqual([])
  })

  it.each(withoutThirdParties)('%s brings no third-party package', name => {
    const workspace = publishedPackages.find(one => short(one.name) === name)
    expect(workspace && shipped(workspace).filter(dependency => !ownName.test(dependency))).toEqual([])
  })
})

/** Declared once, at the root. */
const sharedByTests = ['@jest/globals', 'typescript', 'tsx']

/** Imports that leave the folder, name a path inside another package, or name one that is not declared. */
function strayImports(workspace: Workspace, folder: string, declared: readonly string[]): string[] {
  return filesUnder(join(workspace.folder, folder)).flatMap(file =>
    importsOf(file)
      .filter(specifier => isStray(specifier, file, workspace, declared))
      .map(specifier => `${relative(root, file)} imports ${specifier}`),
  )
}

function isStray(
  specifier: string,
  file: string,
  workspace: Workspace,
  declared: readonly string[],
): boolean {
  if (specifier.startsWith('.')) {
    const target = join(dirname(file), specifier)
    // What is not published runs in this repository, and may use its scripts.
    const within = [workspace.folder, ...(workspace.isPublished ? [] : [join(root, 'scripts')])]
    return !within.some(folder => target.startsWith(folder + sep)) || !existsSync(target)
  }
  if (specifier.startsWith('node:')) return false
  if (builtinModules.includes(specifier)) return true
  const name = packageOf(specifier)
  if (!declared.includes(name)) return true
  const sibling = ownName.test(name) ? workspaces.find(one => one.name === name) : undefined
  if (!sibling) return false
  return !Object.hasOwn(sibling.manifest.exports ?? {}, `.${specifier.slice(name.length)}`)
}

const permitted = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  // pako inside hdr-histogram-js: as permissive as MIT
  'Zlib',
])

describe('licences', () => {
  it('of all that is installed with our packages are permissive', () => {
    const installed = new Map<string, Manifest>()
    for (const workspace of publishedPackages)
      for (const name of shipped(workspace)) collect(name, workspace.folder, installed)
    expect(installed.size).toBeGreaterThan(5)
    const refused = [...installed.values()].filter(({ license }) => !isPermitted(license))
    expect(refused.map(({ name, version, license }) => `${name}@${version}: ${license}`)).toEqual([])
  })

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['(MIT AND Zlib)', true],
    ['MIT AND GPL-3.0', false],
    ['GPL-3.0', false],
    [undefined, false],
  ])('reads %s', (expression, expected) => {
    expect(isPermitted(expression)).toBe(expected)
  })
})

/** One of the alternatives must be permitted in every part. */
function isPermitted(expression: unknown): boolean {
  if (typeof expression !== 'string') return false
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some(alternative => alternative.split(' AND ').every(one => permitted.has(one.trim())))
}

/** Follows the installed tree as Node does. An optional dependency that is not there is not installed. */
function collect(name: string, from: string, installed: Map<string, Manifest>): void {
  const folder = installedFolder(name, from)
  if (!folder || installed.has(folder) || ownName.test(name)) return
  const manifest = readManifest(folder)
  installed.set(folder, manifest)
  for (const next of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }))
    collect(next, folder, installed)
}

function installedFolder(name: string, from: string): string | undefined {
  for (let at = from; at !== dirname(at); at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return realpathSync(folder)
  }
  return undefined
}
