/** The parts of an opened directory, put together, and what runs beside them. */
import { rm } from 'node:fs/promises'
import { notify, type Observer, type Removal, type Stamp } from '@greenlang/core'
import { type Admission, createAdmission } from '../admission/admission.ts'
import type { DiskEvent, Reconciled } from '../disk-types.ts'
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
  #sweeping: Promise<void> = Promise.resolve()
  #reconciled: Promise<Reconciled> = Promise.resolve({ orphans: 0, missing: 0 })

  constructor(parts: OpenParts) {
    const { settings, root, indexPath, index, observer, facts, loaded } = parts
    const { clock, name: tier, maxBytes, maxEntries, durability, integrity } = settings
    const saved = facts[admissionFact]
    this.#parts = parts
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
      onFault: () => this.isThere(),
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
    if (loaded.damaged > 0) await this.#commits.rebuild(`${loaded.damaged} rows of it are damaged`)
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

  async #discard(file: FileRef): Promise<void> {
    try {
      await this.#files.remove(file)
      this.#parts.index.release(file.size)
    } catch (error) {
      this.#parts.observer.onFailure(error)
      this.#stuck.push(file)
    }
  }

  async #probe(bytes: number): Promise<void> {
    if (!this.isThere()) return
    // It has less room than was thought: what is used least makes some, for the index too.
    if (isFull(this.#health.condition)) await this.store.room.shedFor(bytes)
    await probe(this.#parts.root, bytes)
    await this.#commits.retry()
  }

  #onSweep(): void {
    const stuck = this.#stuck
    this.#stuck = []
    for (const file of stuck) this.#commits.garbage(file)
  }

  #saveAdmission(): void {
    const saved = this.admission.save()
    if (saved === this.#savedAdmission) return
    this.#savedAdmission = saved
    this.#commits.fact(admissionFact, saved)
  }

  async #reconcile(): Promise<Reconciled> {
    const { index, leftovers, observer, settings } = this.#parts
    try {
      for (const path of leftovers) await this.#files.removeAside(path)
      const counts = await reconcile({
        index,
        files: this.#files,
        isOwn: seq => this.#seqs.isOwn(seq),
        drop: name => this.store.drop(name),
        signal: this.#stopping.signal,
      })
      await this.store.flushSoftly()
      await this.#commits.discarded()
      notify(observer.onEvent, { type: 'reconciled', tier: settings.name, ...counts })
      return counts
    } catch (error) {
      observer.onFailure(error)
      return { orphans: 0, missing: 0 }
    }
  }
}
