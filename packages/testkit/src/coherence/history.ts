/**
 * Judges what a cache did from the outside: who wrote which version when, and who read which. It knows nothing of how
 * the cache works, so a simulation in virtual time and processes on real servers are held to the same seven rules.
 */
import { checkHistoryOptions, checkRead, checkSpan, checkWhole, checkWrite } from './history-arguments.ts'
import { checkHistory } from './history-check.ts'
import { createReadRows } from './history-reads.ts'
import { meanRewriteInterval } from './history-rewrites.ts'
import type {
  History,
  HistoryOptions,
  HistoryRead,
  HistoryReport,
  HistorySpan,
  HistoryWrite,
} from './history-types.ts'
import { createWriteRows } from './history-writes.ts'

/**
 * An empty history. Every key has version 0, committed and acknowledged before all time, unless a write of version 0
 * says otherwise. It costs about 50 bytes a read and 100 a write.
 * @throws InvalidOptionError for a bad option.
 */
export function createHistory(options: HistoryOptions): History {
  return new ToldHistory(options)
}

class ToldHistory implements History {
  readonly #options: Required<HistoryOptions>
  readonly #keys: string[] = []
  readonly #numbers = new Map<string, number>()
  readonly #reads = createReadRows()
  readonly #writes = createWriteRows()
  readonly #suspended: HistorySpan[]
  #loads = 0

  constructor(options: HistoryOptions) {
    this.#options = checkHistoryOptions(options)
    this.#suspended = [...this.#options.suspended]
  }

  write(write: HistoryWrite): void {
    checkWrite(write)
    this.#writes.push(this.#numberOf(write.key), write)
  }

  read(read: HistoryRead): void {
    checkRead(read)
    this.#reads.push(this.#numberOf(read.key), read)
  }

  suspend(span: HistorySpan): void {
    this.#suspended.push(checkSpan(span))
  }

  loads(count: number): void {
    checkWhole('count', count)
    this.#loads += count
  }

  check(): HistoryReport {
    const told = { keys: this.#keys, reads: this.#reads, writes: this.#writes }
    const reads = this.#reads.length
    const sources = this.#reads.sources()
    const perRead = (count: number) => (reads === 0 ? 0 : count / reads)
    return {
      reads,
      writes: this.#writes.length,
      acknowledged: this.#writes.acknowledged,
      ...checkHistory(told, { ...this.#options, suspended: this.#suspended }),
      hitRatio: perRead((sources.memory ?? 0) + (sources.disk ?? 0)),
      sources,
      loads: this.#loads,
      loadsPerRead: perRead(this.#loads),
      rewriteIntervalMs: meanRewriteInterval(this.#writes, this.#keys.length),
    }
  }

  #numberOf(key: string): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#keys.push(key) - 1
    this.#numbers.set(key, number)
    return number
  }
}
