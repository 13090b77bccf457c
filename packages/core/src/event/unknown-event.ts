import type { AnyCatalog } from './catalog.ts'
import { nearest } from './nearest.ts'

/** Describes a name that a catalog lacks, with the one that was probably meant. */
export function unknownEvent({ definitions }: AnyCatalog, name: unknown): string {
  // Never the text of an object, which would run its code.
  if (typeof name !== 'string')
    return `An event is named by a string such as 'user:created', not by a value of type ${typeof name}.`
  const meant = nearest(name, definitions.keys())
  const hint = meant ? `Did you mean '${meant}'?` : 'Define it with defineEvents().'
  return `There is no event ${JSON.stringify(name.slice(0, 128))}. ${hint}`
}
