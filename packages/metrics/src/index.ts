export { createMetrics, type Metrics } from './metrics.ts'
export { type MetricDefinition, type MetricId, metricDefinitions } from './names.ts'
export type { MetricsOptions } from './options.ts'
export type { WatchedCacheStats, WatchedPoolStats, WatchedSource } from './sources.ts'
