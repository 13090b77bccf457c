// Helpers that the packages of this repository share, so that each exists once. Not for applications and sinks of others: a helper
// that no package of this repository needs any more is removed.
export { delay, systemClock } from './clock.ts'
export { escapeUnsafe } from './copy/escape.ts'
export { advice, nearest } from './event/nearest.ts'
export { OptionChecks } from './option-checks.ts'
export { pathProblem } from './path-problem.ts'
export { SerialQueue } from './serial-queue.ts'
export { streamWriter } from './sink/stream-writer.ts'
export type { StreamWriter } from './sink/stream-writer.ts'
export { loadSqlite } from './sqlite.ts'
export { nodeProblem } from './supported-node.ts'
export { syncDirectory } from './sync-directory.ts'
