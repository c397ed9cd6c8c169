/**
 * Columns of text as a few long texts and the length of each string: one string of 8 kB is decoded in a fraction of what
 * 500 short ones cost. The strings are then parts of the long one, which V8 keeps alive while any part of it is; so a
 * block is small, and who keeps one string keeps 16 kB at most.
 */
export const blockCharacters = 8192
/** Length of what is null. */
const noText = { short: 0xff, long: 0xffff_ffff } as const

export interface TextColumn {
  readonly lengths: Uint8Array | Uint32Array
  readonly blocks: readonly Buffer[]
}

/** `undefined` where not all are strings or null. No string may have half of a surrogate pair. */
export function writeText(values: readonly unknown[]): TextColumn | undefined {
  const blocks: Buffer[] = []
  const lengths = new Uint32Array(values.length)
  let [block, longest] = ['', 0]
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    if (value === null) lengths[index] = noText.long
    else if (typeof value === 'string') {
      if (block !== '' && block.length + value.length > blockCharacters) {
        blocks.push(Buffer.from(block))
        block = ''
      }
      block += value
      lengths[index] = value.length
      if (value.length > longest) longest = value.length
    } else return undefined
  }
  if (block !== '') blocks.push(Buffer.from(block))
  return { lengths: longest < noText.short ? Uint8Array.from(lengths) : lengths, blocks }
}

/** The strings; `undefined` if the blocks do not hold exactly them. */
export function readText({ lengths, blocks }: TextColumn): (string | null)[] | undefined {
  const none = lengths.BYTES_PER_ELEMENT === 1 ? noText.short : noText.long
  const texts = new Array<string | null>(lengths.length)
  let [next, at, block] = [0, 0, '']
  for (let index = 0; index < lengths.length; index += 1) {
    const length = lengths[index] as number
    if (length === none) texts[index] = null
    else {
      if (at === block.length && length > 0) {
        block = blocks[next]?.toString() ?? ''
        next += 1
        at = 0
      }
      if (length > block.length - at) return undefined
      texts[index] = block.substring(at, at + length)
      at += length
    }
  }
  return at === block.length && next === blocks.length ? texts : undefined
}
