/** A requirement of a row: the platform, a right or a tool. */
export type Need = 'linux' | 'root' | 'gcc' | 'openssl' | 'tc' | 'ext4' | 'xfs' | 'faketime'

export type RowName =
  | 'F1'
  | 'F2'
  | 'F3'
  | 'F4'
  | 'F5'
  | 'F7'
  | 'F8'
  | 'F9'
  | 'F10'
  | 'F10b'
  | 'F11'
  | 'F11b'
  | 'F12'
  | 'F13'
  | 'F14'
  | 'F15'
  | 'F16'
  | 'F17'
  | 'F18'
  | 'F20'
  | 'F20b'
  | 'F20c'
  | 'F21'
  | 'F22'
  | 'F23'
  | 'F24'

/** A program and its arguments. */
export interface Command {
  /** Its path from `faults/`. */
  readonly program: string
  readonly full: readonly string[]
  readonly quick: readonly string[]
}

/** A run of the row without one safety step, which must fail. */
export interface Control {
  /** Given as `--control <name>`, in both tiers, with these further arguments. */
  readonly name: string
  readonly args: readonly string[]
  /** Text that one of its violations must contain, so that it does not fail for another reason. */
  readonly breaks: string
  /** Runs only in the full tier, because there are many controls of its kind. */
  readonly isFullOnly?: boolean
}

/** A fault, the goal under it, and the program that tries it. `<program>.row.ts` beside the program has it. */
export interface Row extends Command {
  readonly row: RowName
  readonly fault: string
  readonly goal: string
  readonly controls: readonly Control[]
  /** False: the row measures no times, so its controls run at the same time in the full tier too. */
  readonly isTimed?: false
  /** False: the row has no random choices. */
  readonly hasSeed?: false
  readonly needs: readonly Need[]
}
