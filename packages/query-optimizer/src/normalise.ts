/**
 * SQL without its values: every literal becomes `$n`, comments go, blanks shrink to one. It is read by PostgreSQL's own
 * lexical rules, with `standard_conforming_strings` on, and no further: a literal is a token, so none can stay, whatever
 * the statement means by it. (libpg_query's own `normalize` leaves those of COMMENT and COPY in, so it is not used.)
 *
 * Call it with text that PostgreSQL's parser has accepted: only then both agree on where a literal ends.
 */

const longest = 4000

/** Alternatives in the order they are tried; the name of the group says what was found. */
const tokens = new RegExp(
  [
    String.raw`(?<blank>[ \t\n\r\f\v]+|--[^\n\r]*)`,
    String.raw`(?<comment>/\*)`,
    String.raw`(?<literal>[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$))`,
    String.raw`(?<dollar>\$(?<tag>(?:[a-zA-Z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?(?:\$\k<tag>\$|$))`,
    String.raw`(?<parameter>\$\d+)`,
    String.raw`(?<word>"(?:[^"]|"")*(?:"|$)|[a-zA-Z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(?<number>(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?))`,
    String.raw`(?<other>[\s\S])`,
  ].join('|'),
  'y',
)

/** At most 4000 characters. */
export function normalise(text: string): string {
  let next = highestParameter(text) + 1
  let normal = ''
  let pendingBlank = false
  for (let at = 0; at < text.length && normal.length < longest; ) {
    tokens.lastIndex = at
    const found = tokens.exec(text)
    if (!found) break
    const { groups = {} } = found
    at = groups.comment === undefined ? tokens.lastIndex : endOfComment(text, at)
    if (groups.blank !== undefined || groups.comment !== undefined) {
      pendingBlank = true
      continue
    }
    if (pendingBlank && normal !== '') normal += ' '
    pendingBlank = false
    const isLiteral = (groups.literal ?? groups.dollar ?? groups.number) !== undefined
    normal += isLiteral ? `$${next++}` : found[0]
  }
  return normal.length > longest ? `${normal.slice(0, longest - 1)}…` : normal
}

function highestParameter(text: string): number {
  let highest = 0
  for (const [, digits] of text.matchAll(/\$(\d{1,5})/g)) highest = Math.max(highest, Number(digits))
  return highest
}

/** Comments nest. */
function endOfComment(text: string, start: number): number {
  const edges = /\/\*|\*\//g
  edges.lastIndex = start
  let depth = 0
  for (let edge = edges.exec(text); edge; edge = edges.exec(text)) {
    depth += edge[0] === '/*' ? 1 : -1
    if (depth === 0) return edges.lastIndex
  }
  return text.length
}
