/** Holds a directory until it is killed: `lock.child.ts <directory> <binding>`. Says a line when it does. */

import { lockDirectory } from '../../src/metadata/lock-directory.ts'
import type { MetadataBinding } from '../../src/metadata/metadata-store.ts'

const [directory, binding] = process.argv.slice(2)
if (!directory || !binding) throw new Error('usage: lock.child.ts <directory> <binding>')
await lockDirectory(directory, binding as MetadataBinding)
console.log('held')
setInterval(() => undefined, 1_000)
