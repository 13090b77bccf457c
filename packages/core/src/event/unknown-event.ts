import type { AnyCatalog } from './catalog.ts'
import { nearest } from './nearest.ts'

/** Describes a name that a catalog lacks, with the one that was probably meant. */
export function unknownEvent({ definitions }: AnyCatalog, name: unknown): string {
  const meant = nearest(String(name), definitions.keys())
  const hint = meant ? `Did you mean '${meant}'?` : 'Define it with defineEvents().'
  return `There is no event ${JSON.stringify(String(name).slice(0, 128))}. ${hint}`
}
