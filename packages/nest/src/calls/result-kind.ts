import { isStream } from '@audit/core/adapter'
import { StreamableFile } from '@nestjs/common'
import { isObservable, type Observable } from 'rxjs'

// Recognizes the result of a handler by its members, which may be getters that throw. The operation is done, so nothing may throw
// here: a result that cannot be read counts as neither an Observable nor a stream.

export function isObservableResult(result: unknown): result is Observable<unknown> {
  return holds(() => isObservable(result))
}

/** True if Nest or its platform sends the result piece by piece: then the operation is done when all of it is sent. */
export function isStreamed(result: unknown): boolean {
  return typeof result === 'object' && result !== null && holds(() => isSentInPieces(result))
}

function isSentInPieces(result: object): boolean {
  if (result instanceof StreamableFile || isStream(result)) return true
  // Fetch's Response, of any realm. Without a body there is nothing left to send.
  if (Object.prototype.toString.call(result) === '[object Response]') return true
  // A query of Mongoose is iterable too, but Nest awaits it.
  return hasMethod(result, Symbol.asyncIterator) && !hasMethod(result, 'then')
}

function hasMethod(value: object, name: string | symbol): boolean {
  return typeof (value as Record<string | symbol, unknown>)[name] === 'function'
}

function holds(question: () => boolean): boolean {
  try {
    return question()
  } catch {
    return false
  }
}
