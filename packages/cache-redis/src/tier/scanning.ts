/**
 * `clear` and `sweep`: every primary is scanned for the keys of this tier, in steps that keep nobody waiting. What comes
 * while they go on may be missed; of what is found, only the tier's own keys are touched.
 */
import { type RuleTarget, type Stamp, systemClock } from '@greenlang/core'
import { matchesPattern } from '@greenlang/core/coherence'
import type { Send } from '../connect/link.ts'
import { bySlot } from './groups.ts'
import { type OwnKey, ownKey, redisKey, scanPattern, versionKey } from './keys.ts'
import type { Parts } from './parts.ts'
import { uint32, utf8 } from './stamp-bytes.ts'
import { all, type Wire } from './wire.ts'

/** Keys that one SCAN looks at, and that one UNLINK removes at most. */
const scanCount = 500
const pauseMs = 2

/** Everything goes: values, leases, versions. Never FLUSHDB: others live in the same database. */
export async function clearAll<T>(parts: Parts<T>, signal: AbortSignal | undefined): Promise<void> {
  const { wire } = parts
  await scan(parts, signal, async found => {
    const groups = bySlot(found, ({ name }) => wire.slotOf(name), scanCount)
    const commands = groups.map(group => ['UNLINK', ...group.map(({ name }) => name)])
    await wire.run(() => all(commands.map(command => wire.send(command, command[1] ?? ''))), signal)
  })
}

/** What `target` names of entries that are older than `before`, of another history, or no entries. */
export async function sweepOld<T>(parts: Parts<T>, target: RuleTarget, before: Stamp): Promise<void> {
  const { wire, options } = parts
  const history = utf8(before.history)
  const args = [String(before.sequence), uint32(history.length), history]
  await scan(parts, undefined, async found => {
    const named = found.filter(({ role, key }) => role === 'value' && isNamed(target, key))
    const groups = bySlot(named, ({ name }) => wire.slotOf(name))
    const calls = groups.map(group => {
      const keys = group.flatMap(({ key }) => withVersion(redisKey(options.prefix, key)))
      return { operation: 'sweep', keys, args } as const
    })
    if (calls.length > 0) await wire.run(() => all(calls.map(call => wire.call(call, call.keys[0] ?? ''))))
    await systemClock.sleep(pauseMs, { ref: false })
  })
}

const withVersion = (valueKey: string) => [valueKey, versionKey(valueKey)]

function isNamed(target: RuleTarget, key: string): boolean {
  return 'all' in target || matchesPattern(target.pattern, key)
}

interface Found extends OwnKey {
  /** As Redis has it. */
  readonly name: string
}

async function scan<T>(
  { wire, options }: Parts<T>,
  signal: AbortSignal | undefined,
  step: (found: readonly Found[]) => Promise<void>,
): Promise<void> {
  for (const way of await wire.primaries()) {
    let cursor = '0'
    do {
      const [next, names] = await scanOnce(
        { wire, way, cursor, pattern: scanPattern(options.prefix) },
        signal,
      )
      const found = names.flatMap(name => {
        const own = ownKey(options.prefix, name)
        return own ? [{ ...own, name }] : []
      })
      if (found.length > 0) await step(found)
      cursor = next
    } while (cursor !== '0')
  }
}

interface Scan {
  readonly wire: Wire
  readonly way: Send
  readonly cursor: string
  readonly pattern: string
}

async function scanOnce(
  { wire, way, cursor, pattern }: Scan,
  signal: AbortSignal | undefined,
): Promise<readonly [string, string[]]> {
  const command = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(scanCount)]
  const [next, names] = (await wire.run(() => way(command), signal)) as [unknown, unknown[]]
  return [String(next), names.map(String)]
}
