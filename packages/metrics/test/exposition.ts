/** Reads the Prometheus text format, and says what of it breaks the rules of names. */
export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: {
    readonly name: string
    readonly labels: Record<string, string>
    readonly value: number
  }[]
}

export function parseExposition(text: string): Family[] {
  const families = new Map<string, Family>()
  let current: Family | undefined
  for (const line of text.split('\n').filter(row => row !== '')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (keyword === 'HELP') families.set(name, { name, type: '', help: rest, samples: [] })
    else if (keyword === 'TYPE') {
      current = { ...(families.get(name) as Family), type: rest }
      families.set(name, current)
    } else current?.samples.push(parseSample(line))
  }
  return [...families.values()]
}

function parseSample(line: string): Family['samples'][number] {
  const [, name, labels = '', value] = /^([a-zA-Z_]\w*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
  if (name === undefined) throw new Error(`not a sample: ${line}`)
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)",?/g)].map(([, key = '', text = '']) => [
    key,
    text,
  ])
  return {
    name,
    labels: Object.fromEntries(pairs),
    value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value),
  }
}

/** What `promtool check metrics` would say of names, and a bit more. */
export function faultsOf(families: readonly Family[]): string[] {
  return families.flatMap(family =>
    [...nameFaults(family), ...sampleFaults(family)].map(fault => `${family.name}: ${fault}`),
  )
}

function* nameFaults({ name, type, help }: Family): Generator<string> {
  if (help === '') yield 'no help'
  if (type === 'counter' && !name.endsWith('_total')) yield 'a counter that does not end in _total'
  if (type !== 'counter' && /_(?:total|count|sum|bucket)$/.test(name)) yield 'a suffix of another type'
  if (type === 'histogram' && !/_(?:seconds|bytes)$/.test(name)) yield 'a histogram without its unit'
  if (/_(?:ms|milliseconds|minutes|kb|mb|kilobytes|percent)(?:_|$)/.test(name)) yield 'not a base unit'
  if (new RegExp(`_${type}(?:_|$)`).test(name)) yield 'its type is in its name'
}

function* sampleFaults({ name, type, samples }: Family): Generator<string> {
  const allowed = type === 'histogram' ? ['_bucket', '_sum', '_count'].map(suffix => name + suffix) : [name]
  const seen = new Set<string>()
  for (const sample of samples) {
    if (!allowed.includes(sample.name)) yield `a sample of another name: ${sample.name}`
    if (Number.isNaN(sample.value)) yield `not a number: ${JSON.stringify(sample)}`
    const series = `${sample.name} ${JSON.stringify(sample.labels)}`
    if (seen.has(series)) yield `twice: ${series}`
    seen.add(series)
  }
}

export function sumOf(
  families: readonly Family[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const samples = families.flatMap(family => family.samples)
  const matches = samples.filter(
    sample =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )
  return matches.length === 0 ? undefined : matches.reduce((sum, { value }) => sum + value, 0)
}
