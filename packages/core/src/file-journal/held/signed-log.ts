import { join } from 'node:path'
import { AuditError } from '../../errors.ts'
import { checkedLength } from '../../log-format/checked-line.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import { tagStart } from '../../log-format/group-tag.ts'
import { CHECKPOINT_FILE } from '../../log-format/file-names.ts'
import { parseSegment } from '../../log-format/segment-name.ts'
import { firstLines, ifMissing, readText } from '../../log-format/small-file.ts'
import { heldIn } from '../../log-format/source-directory.ts'

// A process without a key cannot tell which lines of a signed log the service wrote. It takes no such log.

/** Groups are smaller than this, and each ends with a tag. */
const SEARCHED_BYTES = 4 << 20

/** A signature begins with an em dash, after an empty line. */
const SIGNATURE = '\n\n\u2014 '

/** Rejects with `AUDIT_JOURNAL_UNAVAILABLE` if a key signed this log. A log without any sign of that counts as unsigned. */
export async function refuseSigned(fileSystem: FileSystem, directory: string): Promise<void> {
  if (!(await isSigned(fileSystem, directory))) return
  throw new AuditError(
    'AUDIT_JOURNAL_UNAVAILABLE',
    `A key signed it, and this process has none. Start the service with that key (seal: { key }), or move the log away.`,
  )
}

/** By its checkpoint or its first tags; or a process with a key holds it until a person releases it. */
async function isSigned(fileSystem: FileSystem, directory: string): Promise<boolean> {
  const checkpoint = await readText(fileSystem, join(directory, CHECKPOINT_FILE))
  if (checkpoint?.includes(SIGNATURE)) return true
  return (await heldIn(fileSystem, directory)) !== undefined || (await hasTags(fileSystem, join(directory, 'log')))
}

async function hasTags(fileSystem: FileSystem, log: string): Promise<boolean> {
  const names = (await fileSystem.list(log).catch(ifMissing)) ?? []
  let isTagged = false
  let searched = 0
  for (const name of names.filter((each) => parseSegment(each)).toSorted()) {
    if (isTagged || searched >= SEARCHED_BYTES) break
    await firstLines(fileSystem, join(log, name), SEARCHED_BYTES - searched, (line) => {
      searched += line.length + 1
      const end = checkedLength(line)
      isTagged ||= end !== undefined && tagStart(line, end) !== undefined
    })
  }
  return isTagged
}
