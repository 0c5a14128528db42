import { latestLevel, levelOf, releaseOf } from '../../protocol/metadata-version.ts'
import { randomUuid } from '../../runtime/index.ts'
import { closest } from '../../std/closest.ts'
import { defaultLevels, dependencyText } from '../../tools/storage/features.ts'
import type { FormatResult, QuorumStart } from '../../tools/storage/format.ts'
import { loadProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { ArgparseError, type ArgparseOption, parseArguments } from './argparse.ts'
import { finish } from './command-line.ts'
import { storageHelp, storageUsage } from './storage-help.ts'

const config: ArgparseOption = { long: 'config', short: 'c', value: true, required: true }
const release: ArgparseOption = { long: 'release-version', short: 'r', value: true }
const feature: ArgparseOption = { long: 'feature', short: 'f', value: true, repeats: true }

const commands: Readonly<Record<string, readonly ArgparseOption[]>> = {
  info: [config],
  format: [
    { long: 'cluster-id', short: 't', value: true, required: true },
    config,
    { long: 'add-scram', short: 'S', value: true, repeats: true },
    { long: 'ignore-formatted', short: 'g', value: false },
    release,
    feature,
    { long: 'standalone', short: 's', value: false },
    { long: 'no-initial-controllers', short: 'N', value: false },
    { long: 'initial-controllers', short: 'I', value: true },
  ],
  'version-mapping': [release],
  'feature-dependencies': [{ ...feature, required: true }],
  'random-uuid': [],
}

type Arguments = ReadonlyMap<string, readonly string[]>

/** Apache's kafka-storage. */
export const main: ClassicTool = (args, context) => finish(context, () => run(args, context))

async function run(args: readonly string[], context: Context): Promise<number> {
  const { console } = context
  const [first, ...rest] = args
  const isCommand = first !== undefined && Object.hasOwn(commands, first)
  const command = isCommand ? first : ''
  if ((isCommand ? rest : args).some((argument) => argument === '-h' || argument === '--help')) {
    console.out(storageHelp[command] as string)
    return exitCode.done
  }
  try {
    if (first === undefined) throw new ArgparseError('too few arguments')
    if (!isCommand) throw new ArgparseError(complaintAbout(first))
    const found = parseArguments(commands[first] as readonly ArgparseOption[], rest)
    if (first === 'format') quorumOf(found)
    return await work[first]!(found, context)
  } catch (error) {
    if (!(error instanceof ArgparseError)) throw error
    const options = (commands[command] ?? []).map(({ long }) => `--${long}`)
    const meant = isCommand ? closest(error.unknown ?? '', options) : closest(first ?? '', Object.keys(commands))
    const question = meant === undefined ? '' : `\nDid you mean:\n\t${meant}\n`
    console.error(`${storageUsage(command)}kafka-storage: error: ${error.message}\n${question}`)
    return exitCode.failed
  }
}

function complaintAbout(word: string): string {
  if (word.startsWith('-')) return `unrecognized arguments: '${word}'`
  return `invalid choice: '${word}' (choose from ${Object.keys(commands)
    .map((name) => `'${name}'`)
    .join(', ')})`
}

const one = (found: Arguments, name: string): string | undefined => found.get(name)?.[0]

const work: Readonly<Record<string, (found: Arguments, context: Context) => number | Promise<number>>> = {
  info,
  format,
  'version-mapping': (found, { console }) => {
    const level = found.has('release-version') ? levelOf(one(found, 'release-version')!, 'ask') : latestLevel
    console.out(`metadata.version=${level} (${one(found, 'release-version') ?? releaseOf(level)})\n`)
    for (const [name, value] of defaultLevels(level)) console.out(`${name}=${value}\n`)
    return exitCode.done
  },
  'feature-dependencies': (found, { console }) => {
    for (const text of found.get('feature') ?? []) console.out(dependencyText(text))
    return exitCode.done
  },
  'random-uuid': (_, { console, runtime }) => {
    console.out(`${randomUuid(runtime.random)}\n`)
    return exitCode.done
  },
}

async function nodeConfig(found: Arguments, { runtime }: Context) {
  const { BrokerConfig } = await import('../../config/broker.ts')
  const { withProviders } = await import('../../config/config-providers.ts')
  return new BrokerConfig(withProviders(loadProperties(runtime, one(found, 'config') as string), runtime), 'format')
}

const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many)

async function info(found: Arguments, context: Context): Promise<number> {
  const { storageInfo } = await import('../../tools/storage/info.ts')
  const { directories, metadata, problems } = storageInfo(context.runtime, await nodeConfig(found, context))
  const list = (lines: readonly string[]) => lines.map((line) => `  ${line}\n`).join('')
  let text = ''
  if (directories.length > 0)
    text += `Found log ${plural(directories.length, 'directory', 'directories')}:\n${list(directories)}\n`
  if (metadata)
    text += `Found metadata: {cluster.id=${metadata.clusterId}, directory.id=${metadata.directoryId}, node.id=${metadata.nodeId}, version=1}\n\n`
  if (problems.length > 0) text += `Found ${plural(problems.length, 'problem', 'problems')}:\n${list(problems)}\n`
  context.console.out(text)
  return problems.length > 0 ? exitCode.failed : exitCode.done
}

function quorumOf(found: Arguments): QuorumStart {
  const choices = ['standalone', 'no-initial-controllers', 'initial-controllers'] as const
  const [choice, other] = choices.filter((name) => found.has(name))
  const letters = { standalone: 's', 'no-initial-controllers': 'N', 'initial-controllers': 'I' }
  if (choice && other)
    throw new ArgparseError(
      `argument --${other}/-${letters[other]}: not allowed with argument --${choice}/-${letters[choice]}`,
    )
  return choice
}

async function format(found: Arguments, context: Context): Promise<number> {
  const { formatStorage } = await import('../../tools/storage/format.ts')
  const result = await formatStorage(context.runtime, await nodeConfig(found, context), {
    clusterId: one(found, 'cluster-id') as string,
    ignoreFormatted: found.has('ignore-formatted'),
    release: one(found, 'release-version'),
    features: found.get('feature') ?? [],
    credentials: found.get('add-scram') ?? [],
    quorum: quorumOf(found),
    voters: one(found, 'initial-controllers'),
  })
  context.console.out(formatText(result))
  return exitCode.done
}

function formatText({ formatted, metadataVersion, records }: FormatResult): string {
  if (formatted.length === 0) return 'All of the log directories are already formatted.\n'
  const texts = records.map(
    ({ type, version, fields }) => `ApiMessageAndVersion(${javaRecord(type, fields)} at version ${version})`,
  )
  const lines = formatted.map(
    ({ directory, holds }) => `Formatting ${holds} ${directory} with metadata.version ${metadataVersion}.\n`,
  )
  return `Bootstrap metadata: BootstrapMetadata(records=[${texts.join(', ')}], metadataVersionLevel=${levelOf(metadataVersion)}, source=format command)\n${lines.join('')}`
}

/** A record as Java's `toString` prints it: bytes are signed numbers. */
function javaRecord(type: string, fields: object): string {
  const texts = Object.entries(fields).map(([name, value]) => {
    if (Buffer.isBuffer(value)) return `${name}=[${[...new Int8Array(value)].join(', ')}]`
    return `${name}=${typeof value === 'string' ? `'${value}'` : value}`
  })
  return `${type}(${texts.join(', ')})`
}
