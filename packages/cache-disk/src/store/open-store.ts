/** Takes a directory, reads what it holds, and hands it over. */
import { join } from 'node:path'
import { notify } from '@greenlang/core'
import { lockDirectory } from '../metadata/lock-directory.ts'
import type { MetadataStore } from '../metadata/metadata-store.ts'
import { openMetadata } from '../metadata/open-metadata.ts'
import type { DiskSettings } from '../options.ts'
import { EntryIndex } from './entry-index.ts'
import { journalFact, parseJournal } from './journal.ts'
import { loadIndex } from './load-index.ts'
import { OpenDirectory, type OpenStore, type StoreObserver } from './open-directory.ts'
import { prepareRoot, prepareValues } from './prepare-root.ts'

/** @throws DirectoryInUseError, UnsafeDirectoryError, MissingBindingError, or the error of the file system or SQLite. */
export async function openStore(settings: DiskSettings, observer: StoreObserver): Promise<OpenStore> {
  const root = await prepareRoot(settings.directory)
  const lock = await lockDirectory(root, settings.metadata)
  try {
    const leftovers = await prepareValues(root)
    const indexPath = join(root, 'index.sqlite')
    const openIndex = async (): Promise<MetadataStore> => {
      const sync = settings.durability === 'full' ? 'full' : 'normal'
      const { store, replaced } = await openMetadata(indexPath, { binding: settings.metadata, sync })
      if (replaced) notify(observer.onEvent, { type: 'rebuilt', tier: settings.name, reason: replaced })
      return store
    }
    const metadata = await openIndex()
    try {
      const index = new EntryIndex()
      const facts = await metadata.facts()
      observer.onJournal(parseJournal(facts[journalFact]).applied)
      const loaded = await loadIndex(index, metadata, { text: facts[journalFact], now: settings.clock.now() })
      const unlock = () => lock.release()
      const opened = {
        settings,
        observer,
        root,
        indexPath,
        metadata,
        openIndex,
        index,
        facts,
        leftovers,
        loaded,
        unlock,
      }
      const directory = new OpenDirectory(opened)
      await directory.start()
      return directory
    } catch (error) {
      await metadata.close()
      throw error
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}
