/** A name drawn at random, as Nest's `mixin()` gives to the classes it is called with: another one in every process. */
const RANDOM = /^[0-9a-f]{12,}$/
/** The name a class has in its source text; bundlers and compilers keep it there. */
const IN_SOURCE = /^(?:class|function)\s+([\w$]+)/

/**
 * Names a guard by its class, the same in every process: a class that was renamed at random has the name of its source, without the
 * `Mixin` in front (`AuthGuard('jwt')` is `AuthGuard`), else its base class has one. A guard that is a plain object is `forbidden`.
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
