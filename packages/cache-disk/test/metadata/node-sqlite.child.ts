/** Runs the suites over `node:sqlite`, in a Node that has it. Prints the outcome as JSON. */
import { openMetadata } from '../../src/metadata/open-metadata.ts'
import { lockContract } from './lock-contract.ts'
import { metadataContract } from './metadata-contract.ts'
import { plainRunner } from './plain-runner.ts'

const runner = plainRunner()
metadataContract(runner, 'index over node:sqlite', path =>
  openMetadata(path, { binding: 'node:sqlite', sync: 'normal' }),
)
lockContract(runner, 'lock by node:sqlite', 'node:sqlite')
lockContract(runner, 'lock by either binding', 'node:sqlite', 'sqlite3')
lockContract(runner, 'lock by either binding, the other way round', 'sqlite3', 'node:sqlite')
console.log(JSON.stringify(await runner.run()))
