/**
 * The reader's side of tags: an entry is no longer valid once one of its tags was invalidated after its load began.
 * That costs a reader one look-up a tag and a writer one record a tag, however many entries carry it.
 *
 * A verdict needs the whole history since the entry's stamp. Where that is not there (another history, a frame that
 * never came, a table that was full) it is `unknown`, and whoever asked must not serve the entry as fresh.
 */
import { checkInteger, checkOptions, type Frame, InvalidOptionError, type Stamp } from '@greenlang/core'
import { createTagTable, type TagTable } from '@greenlang/core/coherence'

export interface TagClockOptions {
  /** Where the bus stands as listening begins: its `sync().known`. No default. */
  since: Stamp
  /** Tags remembered; entries with a tag invalidated before the oldest of them turn `unknown`. >= 1. Default `10_000`. */
  maxTags?: number
}

export type TagVerdict = 'valid' | 'invalid' | 'unknown'

export interface TagClock {
  /** Takes in every frame of the bus, in the order of their coming. */
  apply(frame: Frame): void
  /**
   * Holds the tags invalid at once, before the bus has given the invalidation its place: entries whose load knew no
   * more than `known` are out. What is loaded once the bus has moved on is in again.
   */
  anticipate(tags: readonly string[], known: Stamp): void
  /** On an entry with these tags, whose load knew of everything up to `stamp`. */
  verdict(tags: readonly string[], stamp: Stamp): TagVerdict
}

/** How many tags buses and clocks remember unless told otherwise: some 1.5 MB. */
export const defaultMaxTags = 10_000

/** @throws InvalidOptionError for a bad option. */
export function tagClock(options: TagClockOptions): TagClock {
  checkOptions('tagClock', options, ['since', 'maxTags'])
  const { since, maxTags = defaultMaxTags } = options
  if (typeof since?.sequence !== 'number')
    throw new InvalidOptionError('since', 'a stamp: what sync().known of the bus says', since)
  return new FrameTagClock(since, checkInteger('maxTags', maxTags, 1))
}

class FrameTagClock implements TagClock {
  readonly #maxTags: number
  #history: string
  #applied: number
  /** Up to here frames were missed: they may have named any tag, those held in the table too. */
  #missed = 0
  #table: TagTable

  constructor(since: Stamp, maxTags: number) {
    this.#maxTags = maxTags
    this.#history = since.history
    this.#applied = since.sequence
    this.#table = createTagTable(maxTags, since.sequence)
  }

  apply({ stamp, invalidation }: Frame): void {
    this.#follow(stamp)
    if (!('tags' in invalidation)) return
    const mark = { sequence: stamp.sequence, mode: invalidation.mode }
    for (const tag of invalidation.tags) this.#table.record(tag, mark)
  }

  anticipate(tags: readonly string[], known: Stamp): void {
    if (known.history !== this.#history) return
    const mark = { sequence: known.sequence + 1, mode: 'invalidate' } as const
    for (const tag of tags) this.#table.record(tag, mark)
  }

  verdict(tags: readonly string[], stamp: Stamp): TagVerdict {
    if (tags.length === 0) return 'valid'
    if (stamp.history !== this.#history) return 'unknown'
    let verdict: TagVerdict = this.#missed > stamp.sequence ? 'unknown' : 'valid'
    for (const tag of tags) {
      const mark = this.#table.get(tag)
      if (mark === undefined) {
        if (this.#table.floor > stamp.sequence) verdict = 'unknown'
      } else if (mark.sequence > stamp.sequence) return 'invalid'
    }
    return verdict
  }

  /** Whatever came between the last frame and this one was missed. */
  #follow({ history, sequence }: Stamp): void {
    if (history !== this.#history) {
      this.#history = history
      this.#missed = 0
      this.#table = createTagTable(this.#maxTags, sequence - 1)
    } else if (sequence > this.#applied + 1) this.#missed = Math.max(this.#missed, sequence - 1)
    this.#applied = sequence
  }
}
