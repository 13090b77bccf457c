import { sign, type KeyObject } from 'node:crypto'

/** The signature line of a witness for a text and a time, in seconds since 1970 (C2SP tlog-cosignature). */
export function cosign(text: string, time: bigint, witness: { name: string; keyId: number; privateKey: KeyObject }): string {
  const head = Buffer.alloc(12)
  head.writeUInt32BE(witness.keyId)
  head.writeBigUInt64BE(time, 4)
  const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), witness.privateKey)
  return `— ${witness.name} ${Buffer.concat([head, signature]).toString('base64')}\n`
}
