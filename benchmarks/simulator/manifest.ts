/** Which traces are synthetic, and which come from applications: by name, `*` standing for any characters. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../report/usage-error.ts'

export interface Manifest {
  readonly synthetic: readonly string[]
  readonly application: readonly string[]
}

export interface Groups {
  isSynthetic(trace: string): boolean
  isApplication(trace: string): boolean
}

const shipped = join(import.meta.dirname, 'manifest.json')

export function readManifest(path: string = shipped): Groups {
  const manifest = parse(path)
  const [synthetic, application] = [manifest.synthetic.map(toPattern), manifest.application.map(toPattern)]
  return {
    isSynthetic: trace => synthetic.some(pattern => pattern.test(trace)),
    isApplication: trace => application.some(pattern => pattern.test(trace)),
  }
}

function parse(path: string): Manifest {
  const form = '{ "synthetic": [names], "application": [names] }'
  try {
    const { synthetic, application } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest>
    if (Array.isArray(synthetic) && Array.isArray(application)) return { synthetic, application }
  } catch (error) {
    throw new UsageError(`${path} is no manifest ${form}: ${(error as Error).message}`)
  }
  throw new UsageError(`${path} is no manifest ${form}`)
}

const special = /[.+?^${}()|[\]\\]/g

const toPattern = (name: string) =>
  new RegExp(`^${name.replaceAll(special, String.raw`\$&`).replaceAll('*', '.*')}$`, 'i')
