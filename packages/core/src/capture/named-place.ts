/**
 * What a schema says of one place of a value. `anything`: all that is there is let through. `scalar`: one value without members.
 * `nothing`: the schema changes what is there, or does not say what it is. Otherwise the members and items it names, or a choice
 * of places.
 */
export type NamedPlace = 'anything' | 'scalar' | 'nothing' | NamedMembers | PlaceChoice

/** Undefined for what the schema does not name. Asked with keys of a payload, so each answer is found without searching. */
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
