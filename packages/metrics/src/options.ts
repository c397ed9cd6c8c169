import { checkInteger, checkOptions, InvalidOptionError } from '@greenlang/core'

export interface MetricsOptions {
  /** Before every metric name: letters, digits and underscores, not a digit first. Default `'greenlang'`. */
  prefix?: string
  /** Most label sets of one metric; values beyond are dropped and counted. 1 to 100000 entries. Default `1000`. */
  maxSeries?: number
}

export interface MetricsSettings {
  readonly prefix: string
  readonly maxSeries: number
}

/** @throws InvalidOptionError naming the option, its range and what was given. */
export function parseMetricsOptions(options: MetricsOptions): MetricsSettings {
  checkOptions('createMetrics options', options, ['prefix', 'maxSeries'])
  const prefix = options.prefix ?? 'greenlang'
  if (typeof prefix !== 'string' || !/^[a-zA-Z_]\w*$/.test(prefix))
    throw new InvalidOptionError('prefix', 'letters, digits and underscores, not a digit first', prefix)
  return { prefix, maxSeries: checkInteger('maxSeries', options.maxSeries ?? 1000, 1, 100_000) }
}
