// Posts once to the receiver that the tests treat as public, with the guard or with fetch, and prints the status or the error.
//
//   node post-once.ts <port> <guard | fetch>      the authority's certificate comes as NODE_EXTRA_CA_CERTS
import { Pool } from 'undici'
import { publicConnect } from '../../src/public-network/public-connect.ts'

const [port, way] = process.argv.slice(2)
const said = await (way === 'guard' ? postWithGuard() : fetchWithout()).catch((error: Error) => error.name)
process.stdout.write(String(said))

async function postWithGuard(): Promise<number> {
  const connect = publicConnect({
    resolve: () => Promise.resolve([{ address: '::1', family: 6 }]),
    isAllowed: (address) => address === '::1',
  })
  const pool = new Pool(`https://hooks.example.com:${port}`, { connect })
  const { statusCode } = await pool.request({ path: '/', method: 'POST' })
  await pool.destroy()
  return statusCode
}

async function fetchWithout(): Promise<number> {
  const { status } = await fetch(`https://hooks.example.com:${port}/`)
  return status
}
