import { StreamableFile } from '@nestjs/common'

/** Whether Nest or its platform sends the result piece by piece, so that the operation is not done before all of it is sent. */
export function isStreamed(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false
  if (result instanceof StreamableFile || hasMethod(result, 'pipe') || hasMethod(result, 'getReader')) return true
  // Fetch's Response, of any copy. Its body may be missing: then nothing is left to send.
  if (Object.prototype.toString.call(result) === '[object Response]') return true
  // A query of Mongoose is iterable too, and stands for what it resolves to.
  return hasMethod(result, Symbol.asyncIterator) && !hasMethod(result, 'then')
}

function hasMethod(value: object, name: string | symbol): boolean {
  return typeof (value as Record<string | symbol, unknown>)[name] === 'function'
}
