import type { Row } from '../harness/row.ts'
import { tamperingControls } from './tampering/controls.ts'

export const tamperedTrails: Row = {
  row: 'F20',
  fault:
    "a sealed trail is tampered with in every triple of ways, at random, and by an attacker who sees the verifier's result; services continue it; copies of it are verified",
  goal: 'everything that counts as proven, is signed, is delivered or has a proof was recorded exactly so; counts are true at every exit code; absent events are named; originals are delivered; honest trails get exactly the exit code of the table',
  program: 'trail/tampered-trails.ts',
  isTimed: false,
  full: [],
  quick: ['--quick'],
  controls: tamperingControls.map(({ name, breaks, isQuick }) => ({ name, args: ['--quick'], breaks, isFullOnly: !isQuick })),
  needs: [],
}
