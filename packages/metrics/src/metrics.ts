import {
  ClosedError,
  checkText,
  type GreenlangEvent,
  InvalidArgumentError,
  type LatencyRecorder,
  type Observer,
} from '@greenlang/core'
import { createHdrRecorder } from './hdr-recorder.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import { type MetricsOptions, parseMetricsOptions } from './options.ts'
import { recordEvent } from './record-event.ts'
import { kindOf, readingIds, readSource, type WatchedSource } from './sources.ts'

export interface Metrics extends Disposable {
  /** Hand this to any `observer` option. Ignores what comes after `close()`. */
  readonly observe: Observer<GreenlangEvent>
  /** Hand this to any `latency` option: percentiles by an HDR histogram, right to 1 % from 10 ns to an hour. */
  readonly latencyRecorder: () => LatencyRecorder
  /** Of what `expose()` returns. */
  readonly contentType: string
  /**
   * Reads the figures of a tier, a pool or a cache on each exposition, under that name. Returns a function that stops it.
   * @throws InvalidArgumentError for another kind of source, or a name that is watched for this kind already. ClosedError
   */
  watch(name: string, source: WatchedSource): () => void
  /** The Prometheus text format. Rejects with `ClosedError` after `close()`. */
  expose(): Promise<string>
  /** Forgets every source and every figure. Idempotent. */
  close(): void
}

/** @throws InvalidOptionError */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  return new PrometheusMetrics(createInstruments(parseMetricsOptions(options)))
}

class PrometheusMetrics implements Metrics {
  readonly observe: Observer<GreenlangEvent> = event => {
    if (!this.#closed) recordEvent(this.#instruments, event)
  }
  readonly latencyRecorder: () => LatencyRecorder = createHdrRecorder
  readonly contentType: string
  readonly #instruments: Instruments
  readonly #sources = new Map<string, { readonly name: string; readonly source: WatchedSource }>()
  #closed = false

  constructor(instruments: Instruments) {
    this.#instruments = instruments
    this.contentType = instruments.contentType
  }

  watch(name: string, source: WatchedSource): () => void {
    this.#assertOpen()
    const id = `${kindOf(source)} ${checkText('name', name)}`
    if (this.#sources.has(id))
      throw new InvalidArgumentError('name', 'one that is not watched already for this kind of source', name)
    const watched = { name, source }
    this.#sources.set(id, watched)
    return () => {
      if (this.#sources.get(id) === watched) this.#sources.delete(id)
    }
  }

  async expose(): Promise<string> {
    this.#assertOpen()
    for (const id of readingIds) this.#instruments.clear(id)
    for (const { name, source } of this.#sources.values()) this.#read(name, source)
    return await this.#instruments.expose()
  }

  close(): void {
    this.#closed = true
    this.#sources.clear()
    this.#instruments.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** One bad source must not hide the figures of the others. */
  #read(name: string, source: WatchedSource): void {
    try {
      readSource(this.#instruments, name, source)
    } catch {
      this.#instruments.count('sourceFailures', {})
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClosedError('metrics')
  }
}
