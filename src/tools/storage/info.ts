import type { BrokerConfig } from '../../config/broker.ts'
import type { Runtime } from '../../runtime/index.ts'
import { directoriesOf } from '../../server/format.ts'
import { META_PROPERTIES_FILE, type MetaProperties, readMetaProperties } from '../../server/storage/meta-properties.ts'

export interface StorageInfo {
  readonly directories: readonly string[]
  /** Of the first formatted directory. */
  readonly metadata: MetaProperties | undefined
  readonly problems: readonly string[]
}

/** Looks at a node's directories without touching them. */
export function storageInfo({ disk }: Runtime, config: BrokerConfig): StorageInfo {
  const directories: string[] = []
  const problems: string[] = []
  let metadata: MetaProperties | undefined
  for (const dir of directoriesOf(config).sort()) {
    const stat = disk.stat(dir)
    if (!stat?.isDirectory) {
      problems.push(stat ? `${dir} is not a directory` : `${dir} does not exist`)
      continue
    }
    directories.push(dir)
    try {
      const found = readMetaProperties(disk, dir)
      if (!found) problems.push(`${dir} is not formatted.`)
      else if (metadata && found.clusterId !== metadata.clusterId)
        problems.push('Mismatched cluster IDs between storage directories.')
      else if (metadata && found.nodeId !== metadata.nodeId)
        problems.push('Mismatched node IDs between storage directories.')
      metadata ??= found
    } catch (error) {
      problems.push(`Error loading ${dir}/${META_PROPERTIES_FILE}: ${(error as Error).message}`)
    }
  }
  return { directories, metadata, problems }
}
