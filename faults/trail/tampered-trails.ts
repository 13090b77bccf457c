// F20: after any change to a sealed trail, every event that counts as proven was recorded; and an honest trail has no findings.
import { runFaultRow } from '../harness/fault-row.ts'
import { takeOut } from './tampering/controls.ts'
import { tamperedTrails } from './tampered-trails.row.ts'

await runFaultRow({
  row: tamperedTrails,
  parts: ['known', 'states', 'tripled', 'quadrupled', 'random', 'attacker', 'honest'],
  async run(run) {
    if (run.control !== undefined) takeOut(run.control)
    // The packages are loaded only now, without the check.
    const { campaign } = await import('./tampering/campaign.ts')
    return campaign(run)
  },
})
