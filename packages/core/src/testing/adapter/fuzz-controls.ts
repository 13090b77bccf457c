import type { Audit } from '../../audit/audit.ts'
import type { AnyCatalog } from '../../event/catalog.ts'
import { internals } from '../../adapter/internals.ts'
import type { Annotation } from '../../capture/open-event.ts'

/** An audit that makes an adapter break one of its promises; the fuzz must find each one. */
export type FuzzControl = 'response-decides' | 'denials-dropped' | 'contexts-mixed'

export const fuzzControls: readonly FuzzControl[] = ['response-decides', 'denials-dropped', 'contexts-mixed']

export function sabotaged(audit: Audit<AnyCatalog>, control: FuzzControl): Audit<AnyCatalog> {
  switch (control) {
    case 'response-decides':
      return { ...audit, begin: responseDecides(audit) }
    case 'denials-dropped':
      return { ...audit, denied: () => Promise.resolve({ id: '', held: 'lost' as const }) }
    case 'contexts-mixed':
      return { ...audit, [internals]: { ...audit[internals], enter: (_, callback) => callback() } }
  }
}

/** Records a failure for an operation whose response failed afterwards, as if it had not been done. */
function responseDecides({ begin }: Audit<AnyCatalog>): Audit<AnyCatalog>['begin'] {
  return async (...args) => {
    const event = await begin(...args)
    const { annotate, succeed, fail } = event
    let hasFailed = false
    return Object.assign(event, {
      annotate(annotation: Annotation<any>) {
        hasFailed ||= annotation.response !== undefined
        annotate.call(event, annotation)
      },
      succeed: (payload?: any) => (hasFailed ? fail.call(event, undefined, 'late') : succeed.call(event, payload)),
    })
  }
}
