/** A table of markdown; its first column is text, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'))
  return [line(head), `|${rule.join('|')}|`, ...rows.map(line)].join('\n')
}

/** `value` with so many digits behind the point, `–` where there is none. */
export function figure(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits)
}

/** With a sign, so that a loss is seen. */
export function signed(value: number | undefined, digits: number): string {
  if (value === undefined || Number.isNaN(value)) return '–'
  const text = value.toFixed(digits)
  if (Number(text) === 0) return (0).toFixed(digits)
  return value > 0 ? `+${text}` : text.replace('-', '−')
}

const groupOfThousand = /\B(?=(?:\d{3})+$)/g

/** 1234567 as `1 234 567`. */
export function grouped(value: number): string {
  return `${Math.round(value)}`.replaceAll(groupOfThousand, ' ')
}
