import { types } from 'node:util'
import { AuditError } from '../errors.ts'
import { classNameOf, data, involvesProxy } from '../copy/class-name.ts'

const MAX_LENGTH = 64
const MAX_PLACE_LENGTH = 200
/** Messages of V8 about mistakes in code. They quote names of the code, and no values. */
const MISTAKES =
  /^(Cannot (read properties|set properties) of (undefined|null) \((reading|setting) '[\w$]{1,64}'\)|[\w$.]{1,64} is not (a function|a constructor|defined|iterable)|Maximum call stack size exceeded|Assignment to constant variable\.|Cannot access '[\w$]{1,64}' before initialization)$/
const FRAME = /^ {4}at (?!.*\bnode:)(.+)$/m

/**
 * Describes an error for a log line: the message of our own errors, which are written to be shown. Of others class, code and the
 * place in the code that threw, and their message only if it is one of V8's about a mistake in code: other messages quote values.
 * Never throws.
 */
export function describeFailure(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error
  if (involvesProxy(error)) return 'Proxy'
  const message = data(error, 'message')
  // Without its full stop, since the log line goes on.
  if (AuditError.isInstance(error) && typeof message === 'string') return message.replace(/\.$/, '')
  const code = data(error, 'code')
  const isCode = typeof code === 'string' || typeof code === 'number'
  if (isCode) return `${classNameOf(error)} ${String(code).slice(0, MAX_LENGTH)}`
  const mistake = typeof message === 'string' && MISTAKES.test(message) ? ` (${message})` : ''
  const place = types.isNativeError(error) ? placeOf(error, String(message)) : undefined
  return `${classNameOf(error)}${mistake}${place ? ` at ${place}` : ''}`
}

/** The first line of the stack that is not of Node itself. The message comes before it and may look like one. */
function placeOf(error: Error, message: string): string | undefined {
  try {
    const { stack } = error
    if (typeof stack !== 'string' || !stack.includes(message)) return undefined
    const frames = stack.slice(stack.indexOf(message) + message.length)
    return FRAME.exec(frames)?.[1]?.slice(0, MAX_PLACE_LENGTH)
  } catch {
    return undefined
  }
}
