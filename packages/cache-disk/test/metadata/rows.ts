import { createHash } from 'node:crypto'
import type { EntryRow, MetadataStore } from '../../src/metadata/metadata-store.ts'

export function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

export function aRow(key: string, fields: Partial<EntryRow> = {}): EntryRow {
  return {
    name: nameOf(key),
    seq: 1,
    size: 4_096,
    expiresAt: 1_795_400_000_000,
    usedAt: 1_795_300_000_000,
    uses: 1.5,
    invalidated: false,
    vouch: 3,
    ...fields,
  }
}

export async function rowsOf(store: MetadataStore): Promise<EntryRow[]> {
  const found: EntryRow[] = []
  await store.load(rows => found.push(...rows))
  return found
}
