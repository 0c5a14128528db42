import type { BrokerConfig } from '../../config/broker.ts'
import type { Runtime } from '../../runtime/index.ts'
import { directoriesOf, formatDirectory, metadataDirOf } from '../../server/format.ts'
import { META_PROPERTIES_FILE, readMetaProperties } from '../../server/storage/meta-properties.ts'
import { defaultLevels, latestLevel, levelOf, METADATA_VERSION, parseFeature, releaseOf } from './features.ts'

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
  readonly quorum: QuorumStart
}

export interface FormatResult {
  /** Directories that were formatted now, and what they hold. */
  readonly formatted: readonly { readonly directory: string; readonly holds: string }[]
  readonly metadataVersion: string
  /** The first records of the cluster. */
  readonly levels: ReadonlyMap<string, number>
}

/** Formats a node's directories. Throws, before anything is written, when one of them must not be touched. */
export function formatStorage(runtime: Runtime, config: BrokerConfig, request: FormatRequest): FormatResult {
  const levels = featureLevels(request)
  checkQuorum(config, request.quorum)
  const directories = directoriesOf(config).sort()
  const todo = directories.filter((dir) => !isFormatted(runtime, dir, request))
  const metadataVersion = releaseOf(levels.get(METADATA_VERSION) as number) as string
  const metadataDir = metadataDirOf(config)
  const voter = config.voters.length === 0 && request.quorum === 'standalone'
  const options = { clusterId: request.clusterId, nodeId: config.nodeId, features: levels }
  const formatted = todo.map((directory) => {
    formatDirectory(runtime, directory, directory === metadataDir, options)
    const metadata = voter ? 'dynamic metadata voter directory' : 'metadata directory'
    return { directory, holds: directory === metadataDir ? metadata : 'data directory' }
  })
  return { formatted, metadataVersion, levels }
}

function featureLevels({ release, features }: FormatRequest): Map<string, number> {
  const given = new Map(features.map(parseFeature))
  const metadata = given.get(METADATA_VERSION) ?? (release === undefined ? latestLevel : levelOf(release))
  if (given.has(METADATA_VERSION) && release !== undefined)
    throw new Error(`Use --release-version instead of --feature ${METADATA_VERSION}=X to avoid ambiguity.`)
  if (releaseOf(metadata) === undefined)
    throw new Error(`No feature:${METADATA_VERSION} with feature level ${metadata}`)
  const levels = new Map([[METADATA_VERSION, metadata], ...[...defaultLevels(metadata)].sort()])
  for (const [name, level] of given) levels.set(name, level)
  return levels
}

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
