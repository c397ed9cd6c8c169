/** The pattern that only this text fits: `*`, `?` and `\` in it stand for themselves. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[*?\\]/g, '\\$&')
}
