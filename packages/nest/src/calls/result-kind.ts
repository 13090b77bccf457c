import { StreamableFile } from '@nestjs/common'
import { isObservable, type Observable } from 'rxjs'

// What a handler returned, by its members. Those may be getters that throw. The operation is done, so nothing may throw here: a
// result that cannot be read is neither an Observable nor a stream.

export function isObservableResult(result: unknown): result is Observable<unknown> {
  return holds(() => isObservable(result))
}

/** Whether Nest or its platform sends the result piece by piece, so that the operation is not done before all of it is sent. */
export function isStreamed(result: unknown): boolean {
  return typeof result === 'object' && result !== null && holds(() => isSentInPieces(result))
}

function isSentInPieces(result: object): boolean {
  if (result instanceof StreamableFile || hasMethod(result, 'pipe') || hasMethod(result, 'getReader')) return true
  // Fetch's Response, of any copy. Its body may be missing: then nothing is left to send.
  if (Object.prototype.toString.call(result) === '[object Response]') return true
  // A query of Mongoose is iterable too, and stands for what it resolves to.
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
