/** A directory with a past, for what is done to it between two lives. */
import { type Book, createBook } from './book.ts'
import { copyOf, tempDirectory, until, valueFiles, watchedTier } from './support.ts'

export const kept = Array.from({ length: 30 }, (_, index) => `kept ${index}`)
const deleted = kept.slice(0, 5)
export const marked = kept.slice(5, 10)

/** Entries that were set, replaced, deleted and marked; `directory` as it is when closed, `killed` as after a kill. */
export async function past(): Promise<{ directory: string; killed: string; book: Book }> {
  const directory = await tempDirectory()
  const { tier } = watchedTier({ directory, maxBytes: '8mb', durability: 'data' })
  const book = createBook(tier)
  for (const key of kept) await book.set(key)
  for (const key of kept) await book.set(key)
  for (const key of deleted) await book.delete(key)
  await tier.invalidateMany(marked)
  // Acknowledged is what is committed; its files go beside that. Until then only the log knows.
  const live = kept.length - deleted.length
  await until('the files of what is gone are gone', async () => (await valueFiles(directory)).length === live)
  const killed = await copyOf(directory)
  await tier.close()
  return { directory, killed, book }
}
