/** The parts of an opened directory, put together, and what runs beside them. */
import { rm } from 'node:fs/promises'
import { type DiskEvent, notify, type Observer, type Removal, type Stamp } from '@greenlang/core'
import { type Admission, createAdmission } from '../admission/admission.ts'
import type { Reconciled } from '../disk-types.ts'
import { integrityOf } from '../files/integrity.ts'
import { type FileRef, ValueFiles } from '../files/value-files.ts'
import { nameOf } from '../key-name.ts'
import type { EntryRow, MetadataStore } from '../metadata/metadata-store.ts'
import type { DiskSettings } from '../options.ts'
import { Commits } from './commits.ts'
import { type EntryIndex, rowOf } from './entry-index.ts'
import { EntryStore } from './entry-store.ts'
import { Health, isFull } from './health.ts'
import { DiskJournal, journalFact } from './journal.ts'
import type { Loaded } from './load-index.ts'
import { probe } from './probe.ts'
import { reconcile } from './reconcile.ts'
import { createSeqs } from './seqs.ts'
import { type Identity, identityOf, sweepForever } from './sweep.ts'

export interface StoreObserver {
  readonly onEvent: Observer<DiskEvent> | undefined
  onEvict(count: number): void
  onWritten(bytes: number): void
  /** Told of failures that no caller waits for. */
  onFailure(error: unknown): void
  /** The directory is not there any more. */
  onLost(): void
  /** Up to where the journal goes. */
  onJournal(applied: Stamp | undefined): void
}

export interface OpenStore {
  readonly store: EntryStore
  readonly journal: DiskJournal
  readonly admission: Admission
  readonly indexPath: string
  readonly reconciled: Promise<Reconciled>
  /** Whether the directory is still there; if not, its loss is told. */
  isThere(): boolean
  /** Call when no operation is under way any more. */
  close(): Promise<void>
}

export interface OpenParts {
  readonly settings: DiskSettings
  readonly observer: StoreObserver
  readonly root: string
  readonly indexPath: string
  readonly metadata: MetadataStore
  openIndex(): Promise<MetadataStore>
  readonly index: EntryIndex
  readonly facts: Readonly<Record<string, string>>
  readonly loaded: Loaded
  /** Paths of what an earlier process had cleared. */
  readonly leftovers: readonly string[]
  /** Gives the directory back. Called last. */
  unlock(): Promise<void>
}

const admissionFact = 'admission'

export class OpenDirectory implements OpenStore {
  readonly store: EntryStore
  readonly journal: DiskJournal
  readonly admission: Admission
  readonly indexPath: string
  readonly #parts: OpenParts
  readonly #files: ValueFiles
  readonly #health: Health
  readonly #commits: Commits
  readonly #identity: Identity
  readonly #seqs = createSeqs()
  readonly #stopping = new AbortController()
  #savedAdmission: string | undefined
  /** Files that could not be removed. */
  #stuck: FileRef[] = []
  #stuckSoFar: { readonly count: number; readonly error: unknown } = { count: 0, error: undefined }
  #leftovers: readonly string[]
  #isReconciled = false
  #sweeping: Promise<void> = Promise.resolve()
  #reconciled: Promise<Reconciled> = Promise.resolve({ orphans: 0, missing: 0 })

  constructor(parts: OpenParts) {
    const { settings, root, indexPath, index, observer, facts, loaded } = parts
    const { clock, name: tier, maxBytes, maxEntries, durability, integrity } = settings
    const saved = facts[admissionFact]
    this.#parts = parts
    this.#leftovers = parts.leftovers
    this.#savedAdmission = saved
    this.indexPath = indexPath
    this.admission = createAdmission(settings.admission, { clock, maxEntries, ...(saved && { saved }) })
    this.#identity = identityOf(root, indexPath)
    this.#files = new ValueFiles({ root, clock, integrity: integrityOf(integrity), durability })
    const { onEvent } = observer
    this.#health = new Health({ tier, clock, onEvent, probe: bytes => this.#probe(bytes) })
    this.#commits = this.#createCommits()
    this.store = new EntryStore({
      ...{ tier, clock, index, maxBytes, maxEntries, durability },
      files: this.#files,
      commits: this.#commits,
      health: this.#health,
      nextSeq: () => this.#seqs.next(),
      vouch: checkedAt => this.journal.vouchFor(checkedAt),
      onEvict: observer.onEvict,
      onWritten: observer.onWritten,
      isThere: () => this.isThere(),
      stuck: () => this.#stuckSoFar,
      onFailure: observer.onFailure,
    })
    this.journal = this.#createJournal(loaded)
  }

  get reconciled(): Promise<Reconciled> {
    return this.#reconciled
  }

  /** Brings what was read within the bounds, and begins what goes on in the background. */
  async start(): Promise<void> {
    const { settings, loaded } = this.#parts
    const { signal } = this.#stopping
    if (loaded.damaged > 0) await this.#rebuild(`${loaded.damaged} rows of it are damaged`)
    // Where nothing can be removed now, the next write says so.
    await this.store.room.trim().catch(() => undefined)
    this.#reconciled = this.#reconcile()
    this.#sweeping = sweepForever({
      store: this.store,
      clock: settings.clock,
      everyMs: settings.sweepEveryMs,
      signal,
      identity: this.#identity,
      onSweep: () => this.#onSweep(),
      onLostDirectory: () => this.isThere(),
    })
  }

  isThere(): boolean {
    if (this.#identity.isDirectory()) return true
    this.#parts.observer.onLost()
    return false
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#reconciled
    await this.#sweeping
    await this.#health.close()
    await this.store.room.close()
    await this.store.emptied()
    try {
      await this.#commits.close()
    } catch (error) {
      this.#parts.observer.onFailure(error)
    } finally {
      await this.#parts.unlock()
    }
  }

  #createCommits(): Commits {
    const { metadata, observer, settings } = this.#parts
    return new Commits({
      metadata,
      clock: settings.clock,
      refusal: () => {
        const { condition } = this.#health
        return condition.kind === 'ok' ? undefined : condition.error
      },
      // A directory that came in the place of this one is not ours.
      isLost: () => this.#identity.isDirectory() && !this.#identity.isIndex(),
      rows: () => this.#rows(),
      facts: () => ({ [journalFact]: this.journal.text, [admissionFact]: this.admission.save() }),
      replace: reason => this.#replaceIndex(reason),
      discard: file => this.#discard(file),
      onFailure: error => {
        observer.onFailure(error)
        if (this.isThere()) this.#health.failWriting(error)
      },
      beforeCommit: () => this.#saveAdmission(),
    })
  }

  #createJournal(loaded: Loaded): DiskJournal {
    const parts = {
      written: () => this.store.writes.ended(),
      removeNow: ({ keys, mode }: Removal) => {
        const names = keys.map(nameOf)
        if (mode === 'delete') this.store.remove(names)
        else this.store.invalidate(names)
      },
      fact: (name: string, text: string) => this.#commits.fact(name, text),
      flush: () => this.store.flushSoftly(),
    }
    return new DiskJournal(parts, loaded.journal)
  }

  *#rows(): Generator<EntryRow> {
    for (const [name, slot] of this.#parts.index.entries()) yield rowOf(name, slot)
  }

  async #replaceIndex(reason: unknown): Promise<MetadataStore> {
    const { indexPath, observer, settings } = this.#parts
    for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(indexPath + suffix, { force: true })
    const metadata = await this.#parts.openIndex()
    this.#identity.renew()
    const text = typeof reason === 'string' ? reason : `it is damaged: ${(reason as Error).message}`
    notify(observer.onEvent, { type: 'rebuilt', tier: settings.name, reason: text })
    return metadata
  }

  async #rebuild(reason: string): Promise<void> {
    try {
      await this.#commits.rebuild(reason)
    } catch (error) {
      await this.#commits.abandon()
      throw error
    }
  }

  async #discard(file: FileRef): Promise<void> {
    try {
      await this.#files.remove(file)
      this.#parts.index.release(file.size)
    } catch (error) {
      this.#parts.observer.onFailure(error)
      this.#stuck.push(file)
      this.#stuckSoFar = { count: this.#stuckSoFar.count + 1, error }
    }
  }

  /** Rejects if there are some and not one of them can be removed. */
  async #removeStuck(): Promise<void> {
    const stuck = this.#stuck
    this.#stuck = []
    for (const file of stuck) await this.#discard(file)
    if (stuck.length > 0 && this.#stuck.length >= stuck.length) throw this.#stuckSoFar.error
  }

  async #probe(bytes: number): Promise<void> {
    if (!this.isThere()) return
    if (this.#isUnremovable()) await this.#removeStuck()
    // It has less room than was thought: what is used least makes some, for the index too.
    if (isFull(this.#health.condition)) await this.store.room.shedFor(bytes)
    await probe(this.#parts.root, bytes)
    await this.#commits.retry()
  }

  /** Whether the tier is read-only because files could not be removed. */
  #isUnremovable(): boolean {
    const { condition } = this.#health
    return condition.kind !== 'ok' && this.#stuck.length > 0 && condition.error === this.store.unremovable
  }

  async #onSweep(): Promise<void> {
    await this.#removeStuck().catch(() => undefined)
    await this.store.removeStuck()
    await this.#reconciled
    if (!this.#isReconciled) await this.#reconcile()
  }

  #saveAdmission(): void {
    const saved = this.admission.save()
    if (saved === this.#savedAdmission) return
    this.#savedAdmission = saved
    this.#commits.fact(admissionFact, saved)
  }

  /** What fails is tried again by a sweep. */
  async #reconcile(): Promise<Reconciled> {
    const { observer, settings } = this.#parts
    const { complete, ...counts } = await this.#reconcileOnce()
    await this.store.settle()
    if (!complete) return counts
    this.#isReconciled = true
    notify(observer.onEvent, { type: 'reconciled', tier: settings.name, ...counts })
    return counts
  }

  async #reconcileOnce(): Promise<Reconciled & { readonly complete: boolean }> {
    const { index, observer } = this.#parts
    const left: string[] = []
    for (const path of this.#leftovers)
      await this.#files.removeAside(path).catch(error => {
        observer.onFailure(error)
        left.push(path)
      })
    this.#leftovers = left
    const { complete, ...counts } = await reconcile({
      index,
      files: this.#files,
      isOwn: seq => this.#seqs.isOwn(seq),
      isPending: name => this.#commits.isPending(name),
      drop: name => this.store.drop(name),
      settle: () => this.store.settle(),
      onFailure: observer.onFailure,
      signal: this.#stopping.signal,
    })
    return { ...counts, complete: complete && left.length === 0 }
  }
}
