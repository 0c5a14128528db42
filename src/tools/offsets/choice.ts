import type { OffsetSpec } from '../../client/index.ts'
import { topicPattern, wholeMatch } from '../java/pattern.ts'

/** Says which partitions a user means. */
export type PartitionFilter = (topic: string, partition: number) => boolean

const questions: Readonly<Record<string, OffsetSpec>> = {
  '-1': 'latest',
  '-2': 'earliest',
  '-3': 'max-timestamp',
  '-4': 'earliest-local',
  '-5': 'latest-tiered',
  '-6': 'earliest-pending-upload',
}
const words = new Map(Object.values(questions).map((word) => [word as string, word]))

/** Which offset is asked for, by its word, its number or a timestamp in milliseconds; throws when it is none of these. */
export function parseOffsetSpec(text: string): OffsetSpec {
  const spec = questions[text] ?? words.get(text)
  if (spec) return spec
  if (/^[+-]?\d+$/.test(text)) return { timestamp: Number(text) }
  const known = Object.entries(questions).map(([number, word]) => `${number} or ${word}`)
  throw new Error(
    `Malformed time argument ${text}. Please use ${known.join(' / ')}, or a specified long format timestamp`,
  )
}

/** By a regular expression for topics and a list of partition numbers, both optional. */
export function filterByTopic(topic: string | undefined, partitions: string | undefined): PartitionFilter {
  const pattern = topicPattern(topic ?? '.*')
  const ids = partitions ? new Set(partitions.split(',').map((text) => partitionId(text, partitions))) : undefined
  return (name, partition) => pattern.test(name) && (ids?.has(partition) ?? true)
}

function partitionId(text: string, whole: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new Error(`--partitions expects a comma separated list of numeric partition ids, but received: ${whole}`)
  return Number(text)
}

/** By rules such as `orders:0-3,audit,:5-`, any of which is enough. */
export function filterByRules(text: string): PartitionFilter {
  const rules = text.split(',').map(parseRule)
  return (topic, partition) => rules.some((rule) => rule(topic, partition))
}

const RULE = /^([^:,]*)(?::(?:([0-9]*)|(?:([0-9]*)-([0-9]*))))?$/

function parseRule(text: string): PartitionFilter {
  const match = RULE.exec(text)
  if (!match) throw new Error(`Invalid rule specification: ${text}`)
  const [, topic, only, from, to] = match
  const pattern = wholeMatch(topic || '.*')
  const isWanted = (partition: number): boolean => {
    if (only) return partition === Number(only)
    return (!from || partition >= Number(from)) && (!to || partition < Number(to))
  }
  return (name, partition) => pattern.test(name) && isWanted(partition)
}
