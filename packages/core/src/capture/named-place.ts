/**
 * The names in a schema for one place of a value. `anything`: every value there is kept. `scalar`: one value without members.
 * `nothing`: the schema changes the value, or does not describe it. Otherwise the members and items it names, or a choice
 * of places.
 */
export type NamedPlace = 'anything' | 'scalar' | 'nothing' | NamedMembers | PlaceChoice

/** Undefined for a key that the schema does not name. Called with keys of a payload, so each answer is found without a search. */
export interface NamedMembers {
  readonly member?: (key: string) => NamedPlace | undefined
  readonly item?: (index: number) => NamedPlace | undefined
  /** The keys and values of a Map. */
  readonly entry?: { readonly key: NamedPlace; readonly value: NamedPlace }
}

/** Several schemas for one place: of a union, an intersection, or one that is found only when it is needed. */
export interface PlaceChoice {
  readonly choose: (value: unknown) => readonly NamedPlace[]
}
