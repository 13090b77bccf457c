// For tools that look into a journal from outside, as the `audit` command does: they read its files, and ask its owner by a file.
export { askOwner } from './ask-owner.ts'
export type { AskOptions, OwnerAnswer, OwnerRequest } from './ask-owner.ts'
export type { SourceOwner } from './source-owner.ts'
export { listTrailSources, readDeadLetters, readSourceState } from './source-state.ts'
export type { SourceState } from './source-state.ts'
export type { TrailSource } from './trail-sources.ts'
export { releaseText } from '../journal/held.ts'
export type { HeldLog, HeldRelease } from '../journal/held.ts'
