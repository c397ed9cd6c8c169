/** The metrics of names.ts as prom-client keeps them, in a registry of their own and with a bound on their series. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type IdOf, type LabelsOf, type MetricDefinition, type MetricId, metricDefinitions } from './names.ts'
import type { MetricsSettings } from './options.ts'

export interface Instruments {
  readonly contentType: string
  count<Id extends IdOf<'counter'>>(id: Id, labels: LabelsOf<Id>, by?: number): void
  set<Id extends IdOf<'gauge'>>(id: Id, labels: LabelsOf<Id>, value: number): void
  /** Negative durations and NaN count as 0. */
  time<Id extends IdOf<'histogram'>>(id: Id, labels: LabelsOf<Id>, durationMs: number): void
  /** Forgets every series of a metric. */
  clear(id: MetricId): void
  expose(): Promise<string>
  close(): void
}

export function createInstruments(settings: MetricsSettings): Instruments {
  return new PromInstruments(settings)
}

type Labels = Readonly<Record<string, string>>

class PromInstruments implements Instruments {
  readonly #settings: MetricsSettings
  readonly #registry = new Registry()
  readonly #counters = new Map<MetricId, Counter>()
  readonly #gauges = new Map<MetricId, Gauge>()
  readonly #histograms = new Map<MetricId, Histogram>()
  readonly #series = new Map<MetricId, Set<string>>()

  constructor(settings: MetricsSettings) {
    this.#settings = settings
    for (const [id, definition] of Object.entries(metricDefinitions)) this.#define(id as MetricId, definition)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  count(id: IdOf<'counter'>, labels: Labels, by = 1): void {
    if (by >= 0 && Number.isFinite(by) && this.#admits(id, labels)) this.#counters.get(id)?.inc(labels, by)
  }

  set(id: IdOf<'gauge'>, labels: Labels, value: number): void {
    if (Number.isFinite(value) && this.#admits(id, labels)) this.#gauges.get(id)?.set(labels, value)
  }

  time(id: IdOf<'histogram'>, labels: Labels, durationMs: number): void {
    const seconds = durationMs > 0 && Number.isFinite(durationMs) ? durationMs / 1000 : 0
    if (this.#admits(id, labels)) this.#histograms.get(id)?.observe(labels, seconds)
  }

  clear(id: MetricId): void {
    const metric = this.#counters.get(id) ?? this.#gauges.get(id) ?? this.#histograms.get(id)
    metric?.reset()
    this.#series.get(id)?.clear()
  }

  expose(): Promise<string> {
    return this.#registry.metrics()
  }

  close(): void {
    this.#registry.clear()
  }

  #define(id: MetricId, definition: MetricDefinition): void {
    const { kind, help, labels, buckets = [] } = definition
    const name = `${this.#settings.prefix}_${definition.name}`
    const config = { name, help, labelNames: [...labels], registers: [this.#registry] }
    this.#series.set(id, new Set())
    if (kind === 'counter') this.#counters.set(id, new Counter(config))
    else if (kind === 'gauge') this.#gauges.set(id, new Gauge(config))
    else this.#histograms.set(id, new Histogram({ ...config, buckets: [...buckets] }))
  }

  #admits(id: MetricId, labels: Labels): boolean {
    const known = this.#series.get(id)
    const series = Object.values(labels).join('\0')
    if (!known || known.has(series)) return true
    if (known.size < this.#settings.maxSeries) {
      known.add(series)
      return true
    }
    this.#counters.get('seriesDropped')?.inc({ metric: metricDefinitions[id].name })
    return false
  }
}
