import type { TopicChange } from '../../tools/topics/plan.ts'

/** A change for programs. */
export interface ChangeRow {
  readonly topic: string
  readonly change: TopicChange['change']
  readonly property: string | null
  /** Null is the default, or nothing. */
  readonly from: string | null
  readonly to: string | null
}

export function changeRow(change: TopicChange): ChangeRow {
  const row = { topic: change.topic, change: change.change, property: null, from: null, to: null }
  if (change.change === 'partitions') return { ...row, from: String(change.from), to: String(change.to) }
  if (change.change === 'config') return { ...row, property: change.property, from: change.from ?? null, to: change.to }
  return row
}

/** A change as a line of a diff. */
export function changeLine(change: TopicChange): string {
  const { topic } = change
  switch (change.change) {
    case 'create': {
      const { partitions, replicationFactor, configs } = change.spec
      const set = Object.entries(configs).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
      const counts = [
        ...(partitions === undefined ? [] : [`partitions ${partitions}`]),
        ...(replicationFactor === undefined ? [] : [`replication factor ${replicationFactor}`]),
      ]
      return `+ ${[topic, ...counts, ...set].join('  ')}`
    }
    case 'partitions':
      return `~ ${topic}  partitions ${change.from} -> ${change.to}`
    case 'config':
      return `~ ${topic}  ${change.property} ${change.from ?? '(default)'} -> ${change.to ?? '(default)'}`
    case 'delete':
      return `- ${topic}`
  }
}
