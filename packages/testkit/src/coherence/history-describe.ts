import type { HistoryRead, HistoryRule, HistoryViolation } from './history-types.ts'

/** One line: who read what when, which rule it broke, and what was due since when. It shows the key. */
export function describeViolation(violation: HistoryViolation): string {
  const { rule } = violation
  const read = describeRead(violation.read, violation.judgedAs)
  return `rule ${rule} (${names[rule]}): ${read}; ${reasons[rule](violation)}`
}

const names: Readonly<Record<HistoryRule, string>> = {
  a: 'stale',
  b: 'future',
  c: 'foreign',
  d: 'monotonic',
  e: 'rest',
  f: 'life',
  g: 'own',
}

const reasons: Readonly<Record<HistoryRule, (violation: HistoryViolation) => string>> = {
  a: violation =>
    `version ${violation.expected} had been acknowledged at ${violation.since}, ${sinceText(violation)}, limit ${violation.limitMs} ms`,
  b: ({ read, judgedAs, expected, since }) =>
    `version ${judgedAs} was committed at ${since}, ${(since ?? Number.NaN) - read.endedAt} ms after the read ended; ` +
    (expected === undefined ? 'none was committed by then' : `the highest by then was version ${expected}`),
  c: ({ read }) =>
    read.version === undefined
      ? 'no version of the key that was committed by the end of the read is absent'
      : 'that version was never written for the key',
  d: violation =>
    `the same process had ended a read of version ${violation.expected} at ${violation.since}, ${sinceText(violation)}, limit ${violation.limitMs} ms`,
  e: ({ expected }) => `everything had come to rest, and the highest version is ${expected}`,
  f: violation =>
    `its value was made at ${violation.since}, ${sinceText(violation)}, limit ${violation.limitMs} ms`,
  g: violation =>
    `the same process had written version ${violation.expected}, which returned at ${violation.since}, ${sinceText(violation)}`,
}

function sinceText({ read, since = Number.NaN }: HistoryViolation): string {
  return `${read.startedAt - since} ms before the read began`
}

function describeRead(read: HistoryRead, judgedAs: number | undefined): string {
  const what = read.version === undefined ? nothing(judgedAs) : `version ${read.version}`
  const marks = [read.excused ? 'excused' : '', read.final ? 'final' : ''].filter(mark => mark !== '')
  const flags = marks.length === 0 ? '' : ` (${marks.join(', ')})`
  const when = `from ${read.startedAt} to ${read.endedAt}`
  return `process ${read.process} read ${what} of key ${JSON.stringify(read.key)} from ${read.source}, ${when}${flags}`
}

function nothing(judgedAs: number | undefined): string {
  return judgedAs === undefined ? 'nothing' : `nothing (at best version ${judgedAs})`
}
