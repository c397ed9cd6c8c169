import { contentText } from '@greenlang/core'

/**
 * The key of a call: different arguments never share one. A single text is its own key, the cheapest there is: V8 has
 * its hash already. All others, and texts that look like them, begin with a character of their own.
 * @throws InvalidArgumentError for arguments without content: functions, symbols, instances of classes, cycles.
 */
export function callKey(args: readonly unknown[]): string {
  if (args.length === 1) {
    const only = args[0]
    if (typeof only === 'string' && only.charCodeAt(0) !== 0) return only
    if (typeof only === 'number' && only !== 0) return `\0d${only};`
  }
  return `\0${contentText(args)}`
}

/** The key of a call on a primitive `this`, which has no identity to keep a cache by. */
export function primitiveKey(self: unknown, key: string): string {
  return `\0\0${contentText([self])}${key}`
}
