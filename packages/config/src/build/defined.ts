/** An option with the value `undefined` differs from one that is left out. */
type Defined<T extends object> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Returns the members that have a value. */
export function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>
}
