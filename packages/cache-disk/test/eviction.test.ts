import { systemClock } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { EntryStore } from '../src/entry-store.ts'
import type { MetadataStore } from '../src/metadata-store.ts'
import { ValueFiles } from '../src/value-files.ts'
import { filesIn, tempDirectory } from './disk-context.ts'

const nothing = async () => undefined
const noMetadata: MetadataStore = {
  load: nothing,
  put: nothing,
  remove: nothing,
  touch: () => undefined,
  expired: async () => [],
  clear: nothing,
  close: nothing,
}
const [one, other] = ['a'.repeat(64), 'b'.repeat(64)] as const
const half = Buffer.alloc(4096)

/** Holds up every writing and removal from `hold` on, until its gate is opened. */
class GatedFiles extends ValueFiles {
  readonly #gates = new Map<string, { reached: () => void; opened: Promise<void> }>()

  /** `reached` resolves when an operation of that kind waits; `open` lets it and all later ones go. */
  hold(kind: 'write' | 'remove'): { reached: Promise<void>; open: () => void } {
    let open = () => undefined as void
    let arrive = () => undefined as void
    const reached = new Promise<void>(resolve => {
      arrive = resolve
    })
    const opened = new Promise<void>(resolve => {
      open = resolve
    })
    this.#gates.set(kind, { reached: arrive, opened })
    return { reached, open }
  }

  override async writeTemporary(bytes: Uint8Array): Promise<string> {
    await this.#pass('write')
    return super.writeTemporary(bytes)
  }

  override async remove(name: string): Promise<void> {
    await this.#pass('remove')
    return super.remove(name)
  }

  async #pass(kind: string): Promise<void> {
    const gate = this.#gates.get(kind)
    gate?.reached()
    await gate?.opened
  }
}

describe('a write whose older file is being evicted', () => {
  it('waits for that, so that the new file is not the one removed', async () => {
    const directory = await tempDirectory()
    const files = new GatedFiles(directory)
    const ignore = () => undefined
    const parts = {
      metadata: noMetadata,
      clock: systemClock,
      onEvict: ignore,
      onFailure: ignore,
      unlock: nothing,
    }
    const store = new EntryStore({ ...parts, files, maxBytes: 3 * 4096 })
    await store.load()
    await store.write(one, half, 2e15)

    const writing = files.hold('write')
    const rewritten = store.write(one, half, 2e15)
    await writing.reached
    const removing = files.hold('remove')
    const pushed = store.write(other, Buffer.alloc(8192), 2e15)
    await removing.reached
    writing.open()
    // The rewriting is at its rename, or past it if it does not wait, once nothing is left to happen in these turns.
    await files.writeTemporary(half).then(path => files.discard(path))
    removing.open()
    await Promise.all([rewritten, pushed])

    expect(await store.files.sizeOf(one)).toBe(4096)
    expect(await filesIn(directory)).toHaveLength(2)
    expect(store.index.heldBytes).toBe(3 * 4096)
    await store.close()
  })
})
