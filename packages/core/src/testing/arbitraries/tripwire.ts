/** Called by anything in a value that nobody may run. */
export type Trip = (what: string) => never

/** Counts what was run, and throws as hostile code would. */
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

/** Everything that the language may ask of a value on its own account, and whoever copies it carelessly. */
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
