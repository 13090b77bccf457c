/** What a row needs of the machine. */
export type Need = 'linux' | 'root' | 'gcc' | 'ext4' | 'xfs'

export type RowName = 'F1' | 'F2' | 'F3' | 'F4' | 'F5' | 'F7' | 'F8' | 'F9'

/** A program of this folder and what follows it on the command line. */
export interface Command {
  readonly program: string
  readonly full: readonly string[]
  readonly quick: readonly string[]
}

/** The same with a safety step taken out, which must not hold. */
export interface Control {
  /** Given as `--control <name>`, in both tiers, with these further arguments. */
  readonly name: string
  readonly args: readonly string[]
  /** What one of its violations must say, so that it does not fail for another reason. */
  readonly breaks: string
}

/** A fault, what must hold under it, and how that is tried. */
export interface Row extends Command {
  readonly row: RowName
  readonly fault: string
  readonly goal: string
  readonly controls: readonly Control[]
  readonly needs: readonly Need[]
}

export const rows: readonly Row[] = [
  {
    row: 'F1',
    fault: '`kill -9` at random times, two sinks',
    goal: '1,000 cycles: 0 acknowledged events lost, 0 corrupt, 0 failed starts; duplicates ≤ one batch per sink, source and cycle, removable by id',
    program: 'kill-cycles.ts',
    full: ['--cycles', '1000'],
    quick: ['--cycles', '40'],
    controls: [
      { name: 'memory', args: ['--cycles', '8', '--lanes', '1'], breaks: 'acknowledged events lost' },
      { name: 'write-behind', args: ['--cycles', '12', '--lanes', '1'], breaks: 'acknowledged events lost' },
      { name: 'no-places', args: ['--cycles', '8', '--lanes', '1'], breaks: 'events repeated' },
    ],
    needs: [],
  },
  {
    row: 'F2',
    fault: 'power loss on ext4 and XFS (loop devices that are shut down)',
    goal: '300 + 100 cycles: 0 acknowledged events lost',
    program: 'power-loss.ts',
    full: ['--ext4', '300', '--xfs', '100'],
    quick: ['--ext4', '12', '--xfs', '4'],
    controls: [{ name: 'no-sync', args: ['--ext4', '6', '--xfs', '2'], breaks: 'acknowledged events lost' }],
    needs: ['linux', 'root', 'ext4', 'xfs'],
  },
]

export function goalOf(name: RowName): string {
  return rows.find(({ row }) => row === name)!.goal
}
