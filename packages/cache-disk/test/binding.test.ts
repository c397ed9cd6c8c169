import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { tempDirectory } from './disk-context.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const source = new URL('../src/index.ts', import.meta.url).href

/** What `sqlite3` does when it was installed with --ignore-scripts. */
const hooks = `
  export async function resolve(specifier, context, next) {
    return specifier === 'sqlite3' ? { url: 'stub:sqlite3', shortCircuit: true } : next(specifier, context)
  }
  export async function load(url, context, next) {
    if (url !== 'stub:sqlite3') return next(url, context)
    return { format: 'module', shortCircuit: true, source: 'throw new Error("Could not locate the bindings file.")' }
  }`

describe('sqlite3 without its native binding', () => {
  it('is one clear error at the first call, and none at import or construction', async () => {
    const directory = await tempDirectory()
    const script = join(directory, 'script.mjs')
    await writeFile(
      script,
      `import { register } from 'node:module'
       register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}))
       const { diskTier } = await import(${JSON.stringify(source)})
       const tier = diskTier({ directory: ${JSON.stringify(join(directory, 'cache'))}, maxBytes: '1mb' })
       const error = await tier.get('key').catch(failure => failure)
       console.log(JSON.stringify([error.code, error.message, error.cause.message]))
       await tier.close()`,
    )
    const args = ['--conditions=greenlang-source', '--import', 'tsx', script]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: repository })
    const [code, message, cause] = JSON.parse(stdout)
    expect(code).toBe('MISSING_BINDING')
    expect(message).toContain('npm rebuild sqlite3')
    expect(cause).toContain('bindings file')
  })
})
