import { describe, expect, it } from '@jest/globals'
import { openMetadata } from '../../src/metadata/open-metadata.ts'
import { lockContract } from './lock-contract.ts'
import { metadataContract } from './metadata-contract.ts'

const runner = { describe, it, expect }

metadataContract(runner, 'index over sqlite3', path =>
  openMetadata(path, { binding: 'sqlite3', sync: 'normal' }),
)
lockContract(runner, 'lock by sqlite3', 'sqlite3')
