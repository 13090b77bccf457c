// A program of a user, whose compiler settings name no types: the declarations of core do without those of Node.
import { consoleSink, createAudit, defineEvents, memoryJournal, noPayload, type Audit, type OpenEvent } from '@audit/core'
import { SinkError } from '@audit/core/sink'

const events = defineEvents({ flag: { created: noPayload } })
const options = { service: 'typed', events, journal: memoryJournal(), sinks: [consoleSink()] }
export const audit: Audit<typeof events> = createAudit(options)
export const opened: Promise<OpenEvent> = audit.begin('flag:created')
export const close: () => PromiseLike<void> = () => audit[Symbol.asyncDispose]()
export const refusal: Error = new SinkError('Refused.', { retryable: false })
