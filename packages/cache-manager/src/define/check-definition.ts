import { checkFunction, InvalidOptionError } from '@greenlang/core'
import { type KeyTemplate, parseTemplate } from './key-template.ts'

interface Given {
  readonly key: string
  readonly load?: unknown
  readonly tags?: unknown
  readonly schema?: unknown
  readonly codec?: unknown
}

export interface Templates {
  readonly key: KeyTemplate
  /** None where a function gives them. */
  readonly tags: readonly KeyTemplate[]
}

/** What is a definition's own, before it has the first call. @throws InvalidOptionError */
export function checkDefinition({ key, load, tags = [], schema, codec }: Given): Templates {
  const template = parseTemplate('key', key)
  if (load !== undefined) checkFunction('load', load)
  if (schema !== undefined) checkSchema(schema)
  if (codec !== undefined) {
    const { encode, decode } = (codec ?? {}) as Record<string, unknown>
    checkFunction('codec.encode', encode)
    checkFunction('codec.decode', decode)
  }
  if (Array.isArray(tags)) return { key: template, tags: tags.map(tag => tagTemplate(tag, template)) }
  checkFunction('tags', tags)
  return { key: template, tags: [] }
}

function checkSchema(schema: unknown): void {
  const { '~standard': standard } = (schema ?? {}) as Record<string, { validate?: unknown } | undefined>
  if (typeof standard?.validate !== 'function')
    throw new InvalidOptionError('schema', "a Standard Schema, with ['~standard'].validate", schema)
}

function tagTemplate(tag: string, key: KeyTemplate): KeyTemplate {
  const template = parseTemplate('tags', tag)
  if (template.names.every(name => key.names.includes(name))) return template
  throw new InvalidOptionError('tags', `made from the parts of the key: ${key.names.join(', ')}`, tag)
}
