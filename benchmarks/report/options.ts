/** Command-line options, checked: an unknown one or a bad value is a UsageError. */
import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

type Values = Readonly<Record<string, string | boolean | undefined>>

export interface Arguments {
  readonly positionals: readonly string[]
  text(name: string): string | undefined
  flag(name: string): boolean
  /** A whole number from `least` on. */
  count(name: string, fallback: number, least?: number): number
  /** Parts between commas. */
  list(name: string): readonly string[] | undefined
}

/** `names` take a value, `flags` do not. */
export function readArguments(
  args: readonly string[],
  names: readonly string[],
  flags: readonly string[] = [],
): Arguments {
  const options = Object.fromEntries([
    ...names.map(name => [name, { type: 'string' as const }] as const),
    ...flags.map(name => [name, { type: 'boolean' as const }] as const),
  ])
  const { values, positionals } = parse(args, options)
  const text = (name: string) => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    positionals,
    text,
    flag: name => values[name] === true,
    count(name, fallback, least = 1) {
      const value = Number(text(name) ?? fallback)
      if (Number.isInteger(value) && value >= least) return value
      throw new UsageError(`--${name} must be a whole number from ${least} on, and is "${text(name)}"`)
    },
    list: name =>
      text(name)
        ?.split(',')
        .map(part => part.trim()),
  }
}

function parse(args: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    return { values: values as Values, positionals }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
