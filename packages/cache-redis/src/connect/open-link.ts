import { openBorrowedBus } from './borrowed-bus.ts'
import { openBorrowedLink } from './borrowed-link.ts'
import { openClusterLink } from './cluster-link.ts'
import type { BusLink, BusLinkOptions, Link, LinkOptions } from './link.ts'
import { openOwnBus } from './own-bus.ts'
import { openServerLink } from './server-link.ts'
import type { CheckedSource } from './source.ts'

/** Begins to connect at once, in the background. */
export function openLink(source: CheckedSource, options: LinkOptions): Link {
  if (source.kind === 'client') return openBorrowedLink(source, options)
  return source.kind === 'cluster' ? openClusterLink(source, options) : openServerLink(source, options)
}

/** The same for the record of a bus. */
export function openBusLink(source: CheckedSource, options: BusLinkOptions): BusLink {
  return source.kind === 'client' ? openBorrowedBus(source, options) : openOwnBus(source, options)
}
