/** Topics in the text of Apache's kafka-topics. */
import { stringHashOrder } from '../java/hash-order.ts'
import { isOverridden, type PartitionDetails, type TopicDetails } from './describe.ts'

const list = (ids: readonly number[]): string => ids.join(',')

function overrides({ configs }: TopicDetails): string {
  const byName = new Map(configs.map((entry) => [entry.name, entry]))
  return stringHashOrder(byName.keys())
    .map((name) => byName.get(name)!)
    .filter(isOverridden)
    .map(({ name, value }) => `${name}=${value}`)
    .join(',')
}

export function topicLine(topic: TopicDetails): string {
  const id = topic.topicId === undefined ? '' : `\tTopicId: ${topic.topicId}`
  const { name, partitions, replicationFactor } = topic
  return `Topic: ${name}${id}\tPartitionCount: ${partitions.length}\tReplicationFactor: ${replicationFactor}\tConfigs: ${overrides(topic)}\n`
}

export function partitionLine(topic: string, info: PartitionDetails): string {
  const { partition, leader, replicas, isr, elr, lastKnownElr, reassignment } = info
  const columns = [
    `Topic: ${topic}`,
    `Partition: ${partition}`,
    `Leader: ${leader ?? 'none'}`,
    `Replicas: ${list(replicas)}`,
    `Isr: ${list(isr)}`,
  ]
  if (reassignment) {
    columns.push(`Adding Replicas: ${list(reassignment.addingReplicas)}`)
    columns.push(`Removing Replicas: ${list(reassignment.removingReplicas)}`)
  }
  columns.push(`Elr: ${elr ? list(elr) : 'N/A'}`, `LastKnownElr: ${lastKnownElr ? list(lastKnownElr) : 'N/A'}`)
  return `\t${columns.join('\t')}\n`
}

export const collisionWarning =
  "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both."

/** Whether metric names of the topic could be those of another one. */
export const mayCollide = (topic: string): boolean => /[._]/.test(topic)

/** What the tool said up to 3.0 when it was given `--zookeeper`. */
export const eraPartitionWarning =
  'WARNING: If partitions are increased for a topic that has a key, the partition logic or ordering of the messages will be affected\n'
export const eraConfigWarning =
  'WARNING: Altering topic configuration from this script has been deprecated and may be removed in future releases.\n         Going forward, please use kafka-configs.sh for this functionality\n'
export const deletedInEra = (topic: string): string =>
  `Topic ${topic} is marked for deletion.\nNote: This will have no impact if delete.topic.enable is not set to true.\n`
