import type { Violation } from './oracles.ts'
import { judgeServices } from './service-oracles.ts'
import type { Outcome } from './trial.ts'
import { judgeVerdict } from './verdict-oracles.ts'

/** Returns every promise that the outcome breaks. */
export async function judge(outcome: Outcome): Promise<readonly Violation[]> {
  return [...(await judgeVerdict(outcome)), ...(await judgeServices(outcome))]
}
