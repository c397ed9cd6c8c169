/**
 * Keys made from parts: `'workflow:{id}:{part}'`. What is filled in is escaped, so that two sets of parts never make one key.
 */
import { InvalidArgumentError, InvalidOptionError } from '@greenlang/core'

/** Names in the braces of a template. */
export type TemplateParams<Template extends string> = Template extends `${string}{${infer Name}}${infer Rest}`
  ? Name | TemplateParams<Rest>
  : never

/** What a key is made from: one string, number or bigint for each name. */
export type KeyParams<Template extends string> = {
  readonly [Name in TemplateParams<Template>]: string | number | bigint
}

type Part = { readonly text: string } | { readonly name: string }

export interface KeyTemplate {
  readonly names: readonly string[]
  /** @throws InvalidArgumentError for a part that is missing, empty or of another type. */
  fill(params: Readonly<Record<string, unknown>>): string
}

const name = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** @throws InvalidOptionError for braces that name nothing. */
export function parseTemplate(option: string, template: string): KeyTemplate {
  if (typeof template !== 'string' || template === '')
    throw new InvalidOptionError(option, "a template such as 'workflow:{id}'", template)
  const parts = partsOf(template)
  const stray = parts.some(part => 'text' in part && /[{}]/.test(part.text))
  if (stray) throw new InvalidOptionError(option, 'a template whose braces hold one name each', template)
  const names = parts.flatMap(part => ('name' in part ? [part.name] : []))
  return {
    names,
    fill: params => parts.map(part => ('text' in part ? part.text : escaped(part.name, params))).join(''),
  }
}

function partsOf(template: string): readonly Part[] {
  const parts: Part[] = []
  let at = 0
  for (const match of template.matchAll(name)) {
    if (match.index > at) parts.push({ text: template.slice(at, match.index) })
    parts.push({ name: match[1] ?? '' })
    at = match.index + match[0].length
  }
  if (at < template.length) parts.push({ text: template.slice(at) })
  return parts
}

/** Own fields only: what a prototype has is not a part of a key. */
function escaped(field: string, params: Readonly<Record<string, unknown>>): string {
  const value =
    typeof params === 'object' && params !== null && Object.hasOwn(params, field) ? params[field] : undefined
  const isNumber = typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))
  if (!isNumber && (typeof value !== 'string' || value === ''))
    throw new InvalidArgumentError(`params.${field}`, 'a string that is not empty, or a number', value)
  return String(value).replaceAll(/[\\:{}]/g, '\\$&')
}
