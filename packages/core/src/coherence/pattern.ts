/**
 * Whether a key fits a pattern: `*` stands for any run of characters, `?` for one, `\` takes the next one literally.
 * Takes at most as many steps as the product of both lengths, never an exponential number.
 */
export function matchesPattern(pattern: string, key: string): boolean {
  let [at, inKey] = [0, 0]
  let star: { readonly at: number; inKey: number } | undefined
  while (inKey < key.length) {
    const sign = pattern[at]
    if (sign === '*') {
      star = { at, inKey }
      at += 1
      continue
    }
    const literal = sign === '\\' ? at + 1 : at
    if (at < pattern.length && (sign === '?' || pattern[literal] === key[inKey])) {
      at = literal + 1
      inKey += 1
      continue
    }
    if (star === undefined) return false
    star.inKey += 1
    at = star.at + 1
    inKey = star.inKey
  }
  while (pattern[at] === '*') at += 1
  return at >= pattern.length
}
