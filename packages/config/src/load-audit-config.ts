import { resolve } from 'node:path'
import { AuditError, type Logger } from '@audit/core'
import type { AuditConfig, LoadAuditConfigOptions } from './audit-config.ts'
import { buildJournal } from './build/build-journal.ts'
import { buildAnchors, buildSeal } from './build/build-seal.ts'
import { buildSinks, type BuildContext } from './build/build-sinks.ts'
import { defined } from './build/defined.ts'
import { emptyMap, isMap, originAt, type MapNode } from './document/config-node.ts'
import { findConfigFile, readConfigFile } from './document/read-config-file.ts'
import { interpolate, isSwitchedOff, type Environment } from './environment/interpolate.ts'
import { readTexts } from './environment/read-texts.ts'
import { overlayVariables } from './environment/variables.ts'
import { Problems } from './problems.ts'
import { readFlipt } from './read-flipt.ts'
import { checkConfig } from './schema/check-config.ts'
import type { ConfigFile } from './schema/config-schema.ts'
import { namesAt } from './schema/schema-keys.ts'

/**
 * Reads the options of `createAudit` from a file and the environment, which takes precedence. Rejects with one
 * `AUDIT_INVALID_OPTIONS` that lists all problems, each with file, line, key and the expected value, and never shows a value. Opens
 * nothing: the audit opens files, journal and connections.
 */
export async function loadAuditConfig(options: LoadAuditConfigOptions = {}): Promise<AuditConfig> {
  const directory = resolve(options.directory ?? '.')
  const environment = options.env ?? process.env
  const logger = options.logger ?? stderrLogger
  const problems = new Problems()
  const path = await findConfigFile({ file: options.file, environment, directory })
  const file =
    path === undefined
      ? emptyMap({ place: 'the environment', key: '' })
      : withoutExtensions(await readConfigFile(path, directory, problems))
  problems.throwIfAny()

  const flipt = await readFlipt(file, { ownKeys: namesAt(file, []), environment, problems, directory })
  const own = flipt?.root ?? file
  const variables = overlayVariables(own, environment, problems, (message) => logger.warn(message))
  if (path === undefined && !flipt && variables === 0 && problems.count === 0) throw nothingGiven(directory)
  const root = resolveValues(own, environment, problems)
  // Problems of a Flipt file are reported in Flipt's terms, and not a second time in ours.
  if (flipt) problems.throwIfAny()
  const config = checkConfig(root, problems)
  problems.throwIfAny()
  if (flipt && Object.keys(config?.sinks ?? {}).length === 0) logger.warn(flipt.noSink)
  return build(config!, { root, directory, problems, bodies: flipt?.bodies, service: options.service })
}

function resolveValues(file: MapNode, environment: Environment, problems: Problems): MapNode {
  const isUnused = (path: readonly string[]) => path[0] === 'sinks' && isSwitchedOff(file, path.slice(0, 2), environment)
  return readTexts(interpolate(withEmptySinks(file), environment, problems, { isUnused, isNative: true }))
}

/** Top-level keys that begin with `x-` hold values for anchors, as in other YAML files. */
function withoutExtensions(file: MapNode): MapNode {
  return { ...file, members: new Map([...file.members].filter(([name]) => !/^x-/i.test(name))) }
}

/** Turns `console:` without a value into a sink without options. */
function withEmptySinks(file: MapNode): MapNode {
  const sinks = file.members.get('sinks')
  if (!isMap(sinks)) return file
  const filled = Array.from(sinks.members, ([name, sink]) => {
    const isEmpty = sink.kind === 'scalar' && sink.value === null
    return [name, isEmpty ? emptyMap(sink.origin) : sink] as const
  })
  return { ...file, members: new Map(file.members).set('sinks', { ...sinks, members: new Map(filled) }) }
}

/** Never stdout, which may be the trail itself. */
const stderrLogger: Pick<Logger, 'warn'> = { warn: (message) => void process.stderr.write(`audit: ${message}\n`) }

interface BuildOptions extends BuildContext {
  readonly service: string | undefined
}

async function build(config: ConfigFile, { service: fallback, ...context }: BuildOptions): Promise<AuditConfig> {
  const { root, directory, problems } = context
  const service = config.service ?? fallback
  if (service === undefined) {
    const key = { ...originAt(root, []), key: 'service' }
    problems.add(key, 'it is missing; give it here, in AUDIT_SERVICE, or in code: loadAuditConfig({ service })')
  }
  const { failMode, maxWait, strict, queue, limits, denials, redaction } = config
  const sinks = config.sinks && (await buildSinks(config, context))
  problems.throwIfAny()
  return {
    service: service!,
    ...defined({ failMode, maxWaitMs: maxWait, strict, sinks }),
    ...(denials && { denials: defined(denials) }),
    ...defined({ queue: queue && defined(queue), limits: limits && defined(limits), redaction: redaction && defined(redaction) }),
    ...(config.journal && { journal: buildJournal(config.journal, directory) }),
    ...(config.seal && { seal: buildSeal(config.seal, directory) }),
    ...(config.anchors && { anchors: buildAnchors(config.anchors, directory) }),
  }
}

function nothingGiven(directory: string): AuditError {
  return new AuditError(
    'AUDIT_INVALID_OPTIONS',
    `There is no audit configuration: neither audit.yaml, audit.yml or audit.json in ${directory}, ` +
      'nor a file named by AUDIT_CONFIG, nor variables such as AUDIT_SINKS_FILE_PATH. Give one of them.',
  )
}
