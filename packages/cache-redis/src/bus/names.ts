/**
 * The scope `app:` has two keys in Redis, `app:v1{bus}h` the record and `app:v1{bus}s` the stream, in one slot of a
 * cluster, and the channels `app:v1{bus}f` for frames and `app:v1{bus}b` with a random end for the beats of a process.
 * The version keeps processes apart that speak another protocol. It stands before the brace: keys of a tier begin with
 * its prefix and a brace, so a bus and a tier may share the prefix, and a clear of the tier leaves the bus alone.
 */
export interface BusNames {
  readonly record: string
  readonly stream: string
  readonly frames: string
  readonly beats: string
}

const protocol = 'v1'

/** @param own Random text of this process. */
export function busNames(scope: string, own: string): BusNames {
  const bus = `${scope}${protocol}{bus}`
  return { record: `${bus}h`, stream: `${bus}s`, frames: `${bus}f`, beats: `${bus}b${own}` }
}

const perhapsSpecial = /[%\ud800-\udfff]/
const special = /%|\p{Surrogate}/gu

/** The field of the record that a tag has. Half a surrogate pair has no UTF-8: all halves would become the same bytes. */
export function tagField(tag: string): string {
  return perhapsSpecial.test(tag) ? `:${tag.replace(special, escapeCharacter)}` : `:${tag}`
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
