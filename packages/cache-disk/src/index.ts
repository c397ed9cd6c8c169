export { diskTier } from './disk.ts'
export { DirectoryInUseError, MissingBindingError, UnsafeDirectoryError } from './error.ts'
export type { DiskOptions } from './options.ts'
