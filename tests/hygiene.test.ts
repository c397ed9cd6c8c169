/** What every package must be, and what the family's tools must find nothing wrong with. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { runTool } from './run.ts'
import { publishedPackages, readManifest, root, workspaces } from './workspace.ts'

jest.setTimeout(240_000)

const clean = { code: 0 }

describe('the tools find nothing', () => {
  it('biome', async () => {
    expect(await runTool('biome', ['check', '--error-on-warnings', '.'])).toMatchObject(clean)
  })

  it('tsc', async () => {
    expect(await runTool('tsc', ['-p', 'tsconfig.json'])).toMatchObject(clean)
  })

  it('knip', async () => {
    expect(await runTool('knip', ['--no-progress', '--no-config-hints'])).toMatchObject(clean)
  })
})

const titles = ['Install', 'Options', 'When it fails']

describe.each(publishedPackages)('$name', ({ name, folder, manifest }) => {
  it('has a README with install line, code, options and failure behaviour', () => {
    const readme = readIfThere(join(folder, 'README.md'))
    expect(readme).toMatch(new RegExp(`^# ${name}\\n`))
    expect(readme).toContain(`npm install`)
    expect(readme).toMatch(/```(?:ts|js)\n/)
    for (const title of titles)
      expect(headings(readme)).toContainEqual(expect.stringMatching(titleLike(title)))
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

  it.each(changesets)('%s names packages that are published, their step, and what changed', file => {
    const text = readFileSync(join(root, '.changeset', file), 'utf8')
    const [, front = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? []
    const steps = front.split('\n').map(line => /^(['"])(.+)\1: (patch|minor|major)$/.exec(line)?.[2])
    expect(steps.length).toBeGreaterThan(0)
    for (const name of steps) expect(names).toContain(name)
    expect(body.trim().length).toBeGreaterThan(20)
  })

  it('leave no published package without a first version, and none at 1.0.0 by its peers', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'greenlang-changesets-'))
    try {
      copyForVersioning(copy)
      expect(await runTool('changeset', ['version'], { cwd: copy })).toMatchObject(clean)
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
const headings = (markdown: string) => [...markdown.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
const titleLike = (title: string) => new RegExp(title === 'When it fails' ? 'fail' : title, 'i')
