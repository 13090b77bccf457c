// The arbitraries are those of the fast-check that is installed.
import { batches, hostilePayloads, tripwire } from '@audit/core/testing/arbitraries'
import fc from 'fast-check'

const { trip } = tripwire()
if (fc.sample(hostilePayloads(trip), 20).length !== 20) throw new Error('There are no samples.')
fc.assert(fc.property(batches({ maxLength: 3 }), ({ events }) => events.length >= 1 && events.length <= 3))
