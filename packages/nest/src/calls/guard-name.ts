/** A random class name, as Nest's `mixin()` gives: different in every process. */
const RANDOM = /^[0-9a-f]{12,}$/
/** The name of a class in its source text, which bundlers and compilers keep. */
const IN_SOURCE = /^(?:class|function)\s+([\w$]+)/

/**
 * Names a guard by its class, the same in every process. If `mixin()` renamed the class, its name is read from the source text,
 * without a leading `Mixin` (`AuthGuard('jwt')` is `AuthGuard`), or taken from the base class. A plain object is `forbidden`.
 */
export function guardName(guard: object): string {
  for (let type = Object.getPrototypeOf(guard) as object | null; type; type = Object.getPrototypeOf(type) as object | null) {
    const name = classNameOf(type)
    if (name !== undefined) return name
  }
  return 'forbidden'
}

function classNameOf(prototype: object): string | undefined {
  const { constructor } = prototype
  if (prototype === Object.prototype || typeof constructor !== 'function') return undefined
  const { name } = constructor
  if (name && !RANDOM.test(name)) return name
  const inSource = IN_SOURCE.exec(Function.prototype.toString.call(constructor))?.[1]?.replace(/^Mixin(?=[A-Z])/, '')
  return inSource && !RANDOM.test(inSource) && inSource !== 'extends' ? inSource : undefined
}
