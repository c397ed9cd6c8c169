import type { Borrowed } from './borrowed.ts'

/** Every primary, as far as it may be told. Who finds a script missing sends all of it. */
export function tellScripts(borrowed: Borrowed, scripts: readonly string[]): void {
  if (scripts.length > 0) tell(borrowed, scripts).catch(ignore)
}

async function tell(borrowed: Borrowed, scripts: readonly string[]): Promise<void> {
  for (const send of await borrowed.primaries())
    for (const script of scripts) send(['SCRIPT', 'LOAD', script]).catch(ignore)
}

function ignore(): void {}
