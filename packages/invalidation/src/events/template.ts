/**
 * Texts with `{field}` in them; `{{` and `}}` stand for braces. A field is looked up by its name and nothing else: there is
 * no path, no format and no call, so that a template can read what an event says and no more.
 */
import { checkText, InvalidOptionError } from '@greenlang/core'
import { EventFieldError } from './error.ts'

export type TemplatePart = { readonly text: string } | { readonly field: string }
export type Template = readonly TemplatePart[]

const token = /\{\{|\}\}|\{([^{}]+)\}|[^{}]+|[{}]/g

/** @throws InvalidOptionError for a brace that stands alone. */
export function parseTemplate(option: string, template: unknown): Template {
  const parts: TemplatePart[] = []
  for (const [text, field] of checkText(option, template).matchAll(token)) {
    if (field !== undefined) parts.push({ field })
    else if (text === '{{' || text === '}}') parts.push({ text: text.slice(1) })
    else if (text === '{' || text === '}')
      throw new InvalidOptionError(option, 'a text with {field} in it, where {{ and }} are braces', template)
    else parts.push({ text })
  }
  return parts
}

export const fieldsOf = (template: Template): readonly string[] =>
  template.flatMap(part => ('field' in part ? [part.field] : []))

/** @throws EventFieldError for a field that is not the event's own, or that is empty or no text or number. */
export function fillTemplate(
  template: Template,
  event: string,
  payload: unknown,
  inserted: (text: string) => string = text => text,
): string {
  return template
    .map(part => ('text' in part ? part.text : inserted(fieldText(event, payload, part.field))))
    .join('')
}

function fieldText(event: string, payload: unknown, field: string): string {
  const value = ownValue(payload, field)
  // An empty one would turn the pattern '{id}*' into everything.
  if (typeof value === 'string' && value !== '') return value
  if (Number.isFinite(value)) return String(value)
  throw new EventFieldError(event, field)
}

function ownValue(payload: unknown, field: string): unknown {
  if (typeof payload !== 'object' || payload === null) return undefined
  if (!Object.prototype.propertyIsEnumerable.call(payload, field)) return undefined
  return (payload as Record<string, unknown>)[field]
}
