import type { BrokerConfig } from '../../config/broker.ts'
import { latestLevel, levelOf, METADATA_VERSION, releaseOf } from '../../protocol/metadata-version.ts'
import { type Runtime, randomUuid } from '../../runtime/index.ts'
import {
  bootstrapRecords,
  directoriesOf,
  formatDirectory,
  metadataDirOf,
  type QuorumOptions,
} from '../../server/format.ts'
import type { MetadataRecord } from '../../server/metadata/records.ts'
import { META_PROPERTIES_FILE, readMetaProperties } from '../../server/storage/meta-properties.ts'
import { stringHashOrder } from '../java/hash-order.ts'
import { checkDependencies, checkMetadataLevel, defaultLevels, parseFeature } from './features.ts'
import { scramRecord } from './scram.ts'
import { parseVoters } from './voters.ts'

/** How the node finds its controllers: told in `controller.quorum.voters`, or written down when it is formatted (KIP-853). */
export type QuorumStart = 'standalone' | 'initial-controllers' | 'no-initial-controllers' | undefined

export interface FormatRequest {
  readonly clusterId: string
  /** Passes over directories that are formatted already. */
  readonly ignoreFormatted: boolean
  /** Such as `4.3-IV0`; the newest when left out. */
  readonly release?: string
  /** `feature=level`. */
  readonly features: readonly string[]
  /** `SCRAM-SHA-256=[name=alice,password=secret]`. */
  readonly credentials: readonly string[]
  readonly quorum: QuorumStart
  /** Of `initial-controllers`: `id@host:port:directory,...`. */
  readonly voters?: string
}

export interface FormatResult {
  /** Directories that were formatted now, and what they hold. */
  readonly formatted: readonly { readonly directory: string; readonly holds: string }[]
  readonly metadataVersion: string
  /** The first records of the cluster. */
  readonly records: readonly MetadataRecord[]
}

/** Formats a node's directories. Throws, before anything is written, when one of them must not be touched. */
export async function formatStorage(
  runtime: Runtime,
  config: BrokerConfig,
  request: FormatRequest,
): Promise<FormatResult> {
  checkQuorum(config, request.quorum)
  const quorum = quorumOf(runtime, config, request)
  const features = featureLevels(request, config)
  const options = {
    clusterId: request.clusterId,
    nodeId: config.nodeId,
    features,
    records: await credentialRecords(request, features, runtime),
  }
  // Apache's tool goes through them in the order of a Java map.
  const directories = stringHashOrder(directoriesOf(config))
  const todo = directories.filter((dir) => !isFormatted(runtime, dir, request))
  const metadataDir = metadataDirOf(config)
  const formatted = todo.map((directory) => {
    const isMetadata = directory === metadataDir
    formatDirectory(runtime, directory, options, isMetadata ? quorum : undefined)
    return { directory, holds: isMetadata ? holdsOf(quorum, config.nodeId) : 'data directory' }
  })
  const metadataVersion = releaseOf(features.get(METADATA_VERSION) as number) as string
  return { formatted, metadataVersion, records: bootstrapRecords(options) }
}

function holdsOf(quorum: QuorumOptions | undefined, nodeId: number): string {
  if (!quorum) return 'metadata directory'
  return quorum.voters.some(({ id }) => id === nodeId)
    ? 'dynamic metadata voter directory'
    : 'dynamic metadata directory'
}

function featureLevels({ release, features }: FormatRequest, config: BrokerConfig): Map<string, number> {
  const given = new Map(features.map(parseFeature))
  const metadata = given.get(METADATA_VERSION) ?? (release === undefined ? latestLevel : levelOf(release))
  if (given.has(METADATA_VERSION) && release !== undefined)
    throw new Error(`Use --release-version instead of --feature ${METADATA_VERSION}=X to avoid ambiguity.`)
  checkMetadataLevel(metadata)
  const levels = new Map([[METADATA_VERSION, metadata], ...[...defaultLevels(metadata)].sort()])
  for (const [name, level] of given) levels.set(name, level)
  checkDependencies(levels)
  checkKraftVersion(given.get(KRAFT_VERSION), config.voters.length === 0)
  return levels
}

const KRAFT_VERSION = 'kraft.version'

/** The level follows from how the quorum is found; asking for the other one is a mistake. */
function checkKraftVersion(given: number | undefined, isDynamic: boolean): void {
  const flags = '--standalone, --initial-controllers, or --no-initial-controllers'
  if (given === 1 && !isDynamic)
    throw new Error(
      `Cannot set kraft.version to 1 unless controller.quorum.voters is empty and one of the flags ${flags} is used. For dynamic controllers support, try using one of ${flags} and removing controller.quorum.voters.`,
    )
  if (given === 0 && isDynamic)
    throw new Error(
      `Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags ${flags} is used. For dynamic controllers support, try removing the --feature flag for kraft.version.`,
    )
}

async function credentialRecords(
  { credentials }: FormatRequest,
  features: ReadonlyMap<string, number>,
  { random }: Runtime,
): Promise<MetadataRecord[]> {
  if (credentials.length > 0 && (features.get(METADATA_VERSION) ?? 0) < levelOf(FIRST_WITH_SCRAM))
    throw new Error(`SCRAM is only supported in ${METADATA_VERSION} ${FIRST_WITH_SCRAM} or later.`)
  return Promise.all(credentials.map((text) => scramRecord(text, random)))
}

const FIRST_WITH_SCRAM = '3.5-IV2'

function checkQuorum(config: BrokerConfig, quorum: QuorumStart): void {
  if (config.voters.length > 0) {
    if (quorum === 'standalone' || quorum === 'initial-controllers')
      throw new Error(
        'You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify controller.quorum.bootstrap.servers instead.',
      )
    return
  }
  const isController = config.get('process.roles').includes('controller')
  if (isController && quorum === undefined)
    throw new Error(
      'Because controller.quorum.voters is not set on this controller, you must specify one of the following: --standalone, --initial-controllers, or --no-initial-controllers.',
    )
  if (!isController && quorum === 'standalone') throw new Error('You can only use --standalone on a controller.')
}

/** The first voters, when this node writes them down. */
function quorumOf(
  { network, random }: Runtime,
  config: BrokerConfig,
  request: FormatRequest,
): QuorumOptions | undefined {
  const directoryId = randomUuid(random)
  const [listener] = config.controllerListeners
  if (request.quorum === 'standalone') {
    // Without a listener the node reaches its controller in process, and there is nothing to write down.
    if (!listener) return undefined
    const { name, host, port } = config.advertised.find((one) => one.name === listener.name) ?? listener
    const endpoint = { name, host: isAnyHost(host) ? network.hostName() : host, port }
    return { directoryId, voters: [{ id: config.nodeId, directoryId, endpoint }] }
  }
  if (request.quorum !== 'initial-controllers') return undefined
  const name = listener?.name ?? config.get('controller.listener.names')[0] ?? 'CONTROLLER'
  const voters = parseVoters(request.voters ?? '', name)
  const own = voters.find(({ id }) => id === config.nodeId)
  return { directoryId: own?.directoryId ?? directoryId, voters }
}

const isAnyHost = (host: string): boolean => host === '' || host === '0.0.0.0' || host === '::'

function isFormatted(runtime: Runtime, dir: string, { clusterId, ignoreFormatted }: FormatRequest): boolean {
  const meta = readMetaProperties(runtime.disk, dir)
  if (!meta) return false
  if (meta.clusterId !== clusterId)
    throw new Error(
      `Invalid cluster.id in: ${dir}/${META_PROPERTIES_FILE}. Expected ${clusterId}, but read ${meta.clusterId}`,
    )
  if (ignoreFormatted) return true
  throw new Error(
    `Log directory ${dir} is already formatted. Use --ignore-formatted to ignore this directory and format the others.`,
  )
}
