/** What every package must be, and what the family's tools must find nothing wrong with. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { outputOf, runTool } from './run.ts'
import { publishedPackages, readManifest, root, workspaces } from './workspace.ts'

jest.setTimeout(240_000)

describe('the tools find nothing', () => {
  it('biome', async () => {
    await outputOf(runTool('biome', ['check', '--error-on-warnings', '.']))
  })

  it('tsc', async () => {
    await outputOf(runTool('tsc', ['-p', 'tsconfig.json']))
  })

  it('knip', async () => {
    await outputOf(runTool('knip', ['--no-progress', '--no-config-hints']))
  })
})

describe.each(publishedPackages)('$name', ({ name, folder, manifest }) => {
  it('has a README with install line, code, options and failure behaviour', () => {
    const readme = readIfThere(join(folder, 'README.md'))
    expect(readme.split('\n')[0]).toBe(`# ${name}`)
    expect(readme).toMatch(new RegExp(`^npm install .*${name}`, 'm'))
    expect(readme).toMatch(/^```(?:ts|js)$/m)
    expect(readme).toMatch(/^(?:## |\*\*).*(?:fail|wrong)/im)
    if (/Options\b/.test(readIfThere(join(folder, 'src/index.ts')))) expect(readme).toMatch(/^\| *option/im)
  })

  it('says who may use it, on what, and what is in it', () => {
    expect(manifest).toMatchObject({
      license: 'MIT',
      sideEffects: false,
      engines: { node: '>=20.19.0' },
      files: expect.arrayContaining(['dist', 'README.md', 'LICENSE']),
    })
    expect(readIfThere(join(folder, 'LICENSE'))).toBe(readIfThere(join(root, 'LICENSE')))
  })
})

describe('changesets', () => {
  const changesets = readdirSync(join(root, '.changeset')).filter(
    file => file.endsWith('.md') && file !== 'README.md',
  )
  const names = publishedPackages.map(({ name }) => name)

  it('name packages that are published, their step, and what changed', () => {
    for (const file of changesets) {
      const text = readFileSync(join(root, '.changeset', file), 'utf8')
      const [, front = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? []
      const steps = front.split('\n').map(line => /^(['"])(.+)\1: (?:patch|minor|major)$/.exec(line)?.[2])
      expect({ file, strange: steps.filter(name => !names.includes(name ?? '')) }).toEqual({
        file,
        strange: [],
      })
      expect({ file, tells: body.trim().length > 20 }).toEqual({ file, tells: true })
    }
  })

  it('leave no published package without a first version, and none at 1.0.0 by its peers', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'greenlang-changesets-'))
    try {
      copyForVersioning(copy)
      await outputOf(runTool('changeset', ['version'], { cwd: copy }))
      for (const { name, folder } of publishedPackages) {
        const { version, peerDependencies } = readManifest(join(copy, relative(root, folder)))
        expect(`${name} ${version}`).toMatch(/ 0\.[1-9]\d*\.\d+$/)
        if (peerDependencies?.['@greenlang/core'])
          expect(peerDependencies).toHaveProperty(['@greenlang/core'], '>=0.0.0 <1.0.0')
      }
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  })
})

/** Changesets rewrites versions: let it do so where nothing is lost. */
function copyForVersioning(copy: string): void {
  for (const file of ['package.json', 'pnpm-workspace.yaml', '.changeset'])
    cpSync(join(root, file), join(copy, file), { recursive: true })
  for (const { folder } of workspaces)
    for (const file of ['package.json', 'CHANGELOG.md']) {
      const from = join(folder, file)
      if (existsSync(from)) cpSync(from, join(copy, relative(root, from)))
    }
}

const readIfThere = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
