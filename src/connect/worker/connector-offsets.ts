import { Admin } from '../../client/index.ts'
import { type CommitOffset, parsePartitionKey } from '../../client/types.ts'
import { adminProperties, groupOf } from '../config/client-properties.ts'
import type { ConnectorConfig, SourceConnector } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import type { PartitionOffset } from '../offsets/source-offsets.ts'
import type { Plugin } from '../plugins/plugins.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './request-error.ts'

/** Whose offsets they are. */
export interface OffsetOwner {
  readonly name: string
  readonly config: ConnectorConfig
  readonly plugin: Plugin
}

/** Where connectors are: sources in the store, sinks in their group (KIP-875). */
export class ConnectorOffsets {
  constructor(private readonly environment: Environment) {}

  async list(named: OffsetOwner): Promise<PartitionOffset[]> {
    const owner = this.provided(named)
    if (owner.plugin.kind === 'source') {
      await this.environment.offsets.refresh()
      return this.environment.offsets.all(owner.name)
    }
    const group = groupOf(owner.name, this.environment.config, owner.config)
    return this.withAdmin(owner, async (admin) => {
      const found = (await admin.listConsumerGroupOffsets([group])).get(group)
      if (!found || found instanceof Error) throw found ?? new ConnectError(`Nobody knows the group ${group}.`)
      return [...found].flatMap(([key, item]) => {
        if (item instanceof Error) throw item
        const { topic, partition } = parsePartitionKey(key)
        return item
          ? [{ partition: { kafka_partition: partition, kafka_topic: topic }, offset: { kafka_offset: item.offset } }]
          : []
      })
    })
  }

  /** Sets offsets of a stopped connector; an offset of null forgets one. Gives the sentence for the answer. */
  async alter(named: OffsetOwner, offsets: readonly PartitionOffset[]): Promise<string> {
    const owner = this.provided(named)
    if (owner.plugin.kind === 'sink') {
      await this.alterSink(owner, offsets.map(toGroupOffset))
      return altered(false)
    }
    const looked = await (owner.plugin.create() as SourceConnector).alterOffsets(owner.config, offsets)
    await this.environment.offsets.put(owner.name, offsets)
    return altered(!looked)
  }

  /** Forgets all offsets of a stopped connector. */
  async reset(named: OffsetOwner): Promise<string> {
    const owner = this.provided(named)
    const known = await this.list(named)
    if (owner.plugin.kind === 'sink') {
      const group = groupOf(owner.name, this.environment.config, owner.config)
      await this.withAdmin(owner, async (admin) => {
        const failed = [...(await admin.deleteConsumerGroups([group])).values()].find((error) => error !== undefined)
        if (failed && failed.error !== 'GROUP_ID_NOT_FOUND') throw failed
      })
      return reset(false)
    }
    const forgotten = known.map(({ partition }) => ({ partition, offset: null }))
    const looked = await (owner.plugin.create() as SourceConnector).alterOffsets(owner.config, forgotten)
    if (forgotten.length > 0) await this.environment.offsets.put(owner.name, forgotten)
    return reset(!looked)
  }

  private provided(owner: OffsetOwner): OffsetOwner {
    const { name, plugin, config } = owner
    return { name, plugin, config: this.environment.providers.resolve(config) }
  }

  private async alterSink(owner: OffsetOwner, items: readonly GroupOffset[]): Promise<void> {
    const group = groupOf(owner.name, this.environment.config, owner.config)
    const kept = items.filter((item): item is CommitOffset => item.offset !== null)
    const gone = items.filter(({ offset }) => offset === null)
    await this.withAdmin(owner, async (admin) => {
      const results = [
        ...(kept.length > 0 ? (await admin.alterConsumerGroupOffsets(group, kept)).values() : []),
        ...(gone.length > 0 ? (await admin.deleteConsumerGroupOffsets(group, gone)).values() : []),
      ]
      const failed = results.find((error) => error !== undefined)
      if (failed)
        throw new ConnectError(
          `Failed to alter consumer group offsets for connector ${owner.name}. If this connector is stopping, please wait for that to complete: ${failed.message}`,
        )
    })
  }

  private async withAdmin<T>(owner: OffsetOwner, action: (admin: Admin) => Promise<T>): Promise<T> {
    const { config, runtime, hooks } = this.environment
    const admin = new Admin(adminProperties(config, owner.config), runtime, hooks)
    try {
      return await action(admin)
    } finally {
      await admin.close()
    }
  }
}

const altered = (blind: boolean): string =>
  blind
    ? 'The Connect framework-managed offsets for this connector have been altered successfully. However, if this connector manages offsets externally, they will need to be manually altered in the system that the connector uses.'
    : 'The offsets for this connector have been altered successfully'

const reset = (blind: boolean): string =>
  blind
    ? 'The Connect framework-managed offsets for this connector have been reset successfully. However, if this connector manages offsets externally, they will need to be manually reset in the system that the connector uses.'
    : 'The offsets for this connector have been reset successfully'

interface GroupOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number | null
}

const isCount = (value: unknown): boolean => /^\d+$/.test(String(value))

/** The form that sinks have. Throws what is wrong with another. */
function toGroupOffset({ partition, offset }: PartitionOffset): GroupOffset {
  const { kafka_topic: topic, kafka_partition: number } = partition
  if (topic === undefined || number === undefined || topic === null || number === null)
    throw badRequest(
      "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
    )
  if (!isCount(number))
    throw badRequest(
      `Failed to parse the following Kafka partition value in the provided offsets: '${number}'. Partition values for sink connectors need to be integers.`,
    )
  if (offset === null) return { topic: String(topic), partition: Number(number), offset: null }
  const { kafka_offset: position } = offset
  if (position === undefined || position === null)
    throw badRequest("The offset for a sink connector should either be null or contain the key 'kafka_offset'")
  if (!isCount(position))
    throw badRequest(
      `Failed to parse the following Kafka offset value in the provided offsets: '${position}'. Offset values for sink connectors need to be integers.`,
    )
  return { topic: String(topic), partition: Number(number), offset: Number(position) }
}
