// F20: whatever is done to a sealed trail, what counts as proven is what was recorded; and nothing is found where nothing was done.
import { runFaultRow } from './fault-row.ts'
import { takeOut, tamperingControls } from './tampering/controls.ts'

await runFaultRow({
  row: 'F20',
  controls: tamperingControls.map(({ name }) => name),
  parts: ['known', 'states', 'tripled', 'quadrupled', 'random', 'attacker', 'honest'],
  async run(run) {
    if (run.control !== undefined) takeOut(run.control)
    // The packages are loaded only now, without the check.
    const { campaign } = await import('./tampering/campaign.ts')
    return campaign(run)
  },
})
