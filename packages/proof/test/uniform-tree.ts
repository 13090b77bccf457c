import { leafHash, nodeHash, type HashReader } from '../src/index.ts'

/** The leaf that a uniform tree consists of. */
export const uniformLeaf: Uint8Array = leafHash('same')
const perfect = [uniformLeaf]
for (let level = 0; level < 53; level++) perfect.push(nodeHash(perfect[level]!, perfect[level]!))

/** A tree of any size whose leaves are all the same: the hash of a perfect part depends on its level alone. */
export const uniformTree: HashReader = ({ level }) => perfect[level]
