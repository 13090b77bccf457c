/** Called by every part of a value that must not run. */
export type Trip = (what: string) => never

/** Counts the code that was run, and throws as hostile code would. */
export function tripwire(): { readonly trip: Trip; readonly tripped: string[] } {
  const tripped: string[] = []
  const trip: Trip = (what) => {
    tripped.push(what)
    throw new Error(`${what} was run`)
  }
  return { trip, tripped }
}

/** Every trap of a Proxy trips. */
export function trapped(target: object, trip: Trip): object {
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, () => trip(`Proxy ${name}`)]))
  return new Proxy(target, traps)
}

/** All members that the language, or a careless copy, may read on its own. */
export function rigged<T extends object>(value: T, trip: Trip): T {
  const names = [
    'toJSON',
    'toString',
    'valueOf',
    'then',
    'inspect',
    'entries',
    'keys',
    'values',
    'forEach',
    'map',
    'slice',
    'size',
    'byteLength',
    'byteOffset',
    'buffer',
    'href',
    'getTime',
    'toISOString',
    'constructor',
    'hasOwnProperty',
    'isPrototypeOf',
    'name',
    'message',
    'stack',
    Symbol.iterator,
    Symbol.toPrimitive,
    Symbol.toStringTag,
    Symbol.species,
    Symbol.for('nodejs.util.inspect.custom'),
  ]
  for (const name of names) {
    const isFunction = typeof name === 'string' && /^to|then|valueOf|entries|map|forEach/.test(name)
    const riggedMember = isFunction ? { value: () => trip(String(name)) } : { get: () => trip(String(name)) }
    Object.defineProperty(value, name, { ...riggedMember, configurable: true })
  }
  return value
}
