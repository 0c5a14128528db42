import { Admin, resourceKey } from '../../client/index.ts'
import { ConfigError } from '../../config/define.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Runtime } from '../../runtime/index.ts'
import { adminProperties } from '../config/client-properties.ts'
import { type DistributedConfig, type StorageKind, topicSettings } from '../config/distributed-config.ts'
import { ConnectError } from '../data/errors.ts'
import { sentenceOf } from '../worker/environment.ts'
import type { Toolbox } from '../worker/toolbox.ts'

const purposes: Readonly<Record<StorageKind, string>> = {
  config: 'connector configurations',
  offset: 'source connector offsets',
  status: 'connector and task statuses',
}

/**
 * Makes the topics of a group of workers where they are missing. Rejects with `ConfigError` for one that is not compacted, or a config topic of
 * many partitions, and with `ConnectError` where one cannot be made.
 */
export async function ensureTopics(config: DistributedConfig, runtime: Runtime, toolbox: Toolbox): Promise<void> {
  const admin = new Admin(adminProperties(config), runtime, toolbox.hooks)
  try {
    for (const kind of ['offset', 'status', 'config'] as const) {
      if (await make(admin, config, kind)) toolbox.log('INFO', `Created topic ${config[`${kind}.storage.topic`]}`)
      else await check(admin, config, kind)
    }
  } finally {
    await admin.close()
  }
}

/** Whether it was made now. */
async function make(admin: Admin, config: DistributedConfig, kind: StorageKind): Promise<boolean> {
  const name = config[`${kind}.storage.topic`]
  const found = (await admin.describeTopics([name], { includeAuthorizedOperations: false })).get(name)
  if (found && !(found instanceof KafkaError)) return false
  const partitions = kind === 'config' ? 1 : config[`${kind}.storage.partitions`]
  const replicationFactor = config[`${kind}.storage.replication.factor`]
  const configs = { ...topicSettings(config, kind), 'cleanup.policy': 'compact' }
  const made = (await admin.createTopics([{ name, partitions, replicationFactor, configs }])).get(name)
  if (!(made instanceof KafkaError)) return true
  if (made.error === 'TOPIC_ALREADY_EXISTS') return false
  throw new ConnectError(`Error while attempting to create/find topic(s) '${name}': ${sentenceOf(made)}`, {
    cause: made,
  })
}

async function check(admin: Admin, config: DistributedConfig, kind: StorageKind): Promise<void> {
  const property = `${kind}.storage.topic` as const
  const topic = config[property]
  const resource = { type: 'topic', name: topic } as const
  const described = (await admin.describeConfigs([resource], { names: ['cleanup.policy'] })).get(resourceKey(resource))
  // Who may not look is trusted, as by Apache's worker.
  if (!described || described instanceof KafkaError) return
  const policy = described.entries.find(({ name }) => name === 'cleanup.policy')?.value
  const policies = new Set((policy ?? '').split(',').flatMap((word) => word.trim().toLowerCase() || []))
  if (policies.size === 0 || (policies.size === 1 && policies.has('compact'))) return
  throw new ConfigError(
    `Topic '${topic}' supplied via the '${property}' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of ${purposes[kind]}, but found the topic currently has 'cleanup.policy=${[...policies].join(',')}'. Continuing would likely result in eventually losing ${purposes[kind]} and problems restarting this Connect cluster in the future. Change the '${property}' property in the Connect worker configurations to use a topic with 'cleanup.policy=compact'.`,
  )
}

/** Configs have one order only where they are in one partition. */
export function checkConfigPartitions(config: DistributedConfig, partitions: number): void {
  if (partitions > 1)
    throw new ConfigError(
      `Topic '${config['config.storage.topic']}' supplied via the 'config.storage.topic' property is required to have a single partition in order to guarantee consistency of connector configurations, but found ${partitions} partitions.`,
    )
}
