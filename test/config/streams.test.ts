import { describe, expect, it } from 'vitest'
import { streamsConfig } from '../../src/config/streams.ts'

const needed = { 'application.id': 'app', 'bootstrap.servers': 'localhost:9092' }

describe('the properties of an application', () => {
  it('reach the clients that they are for', () => {
    const { clients, topics, remarks } = streamsConfig({
      ...needed,
      'linger.ms': 7,
      'consumer.max.poll.records': 3,
      'restore.consumer.max.poll.records': 4,
      'global.consumer.max.poll.records': 6,
      'topic.retention.bytes': 5,
    })
    expect(clients.consumer).toMatchObject({ 'bootstrap.servers': 'localhost:9092', 'max.poll.records': 3 })
    expect(clients.restore).toMatchObject({ 'max.poll.records': 4 })
    expect(clients.global).toMatchObject({ 'max.poll.records': 6 })
    expect(clients.producer).toMatchObject({ 'linger.ms': 7 })
    expect(clients.admin).not.toHaveProperty('linger.ms')
    expect(topics).toEqual({ 'retention.bytes': '5' })
    expect(remarks).toEqual([])
  })

  it('that do nothing are told of', () => {
    const { remarks } = streamsConfig({
      ...needed,
      'state.dir': '/data',
      'num.stream.threads': 4,
      'enable.auto.commit': true,
      'commit.intervall.ms': 5,
      'num.standby.replicas': 0,
    })
    expect(remarks).toEqual([
      'Kafka knows no property commit.intervall.ms: did you mean commit.interval.ms?',
      'Without effect: enable.auto.commit (an application of Kafka Streams decides that itself).',
      'Without effect: state.dir (stores are in memory, and are read from their changelogs when a task begins).',
      'Without effect: num.stream.threads (an application has one thread: start it several times to share its work).',
    ])
  })

  it('that cannot work are refused', () => {
    const refused = (more: Record<string, string>) => () => streamsConfig({ ...needed, ...more })
    expect(() => streamsConfig({ 'bootstrap.servers': 'x:1' })).toThrow(
      'Missing required configuration "application.id"',
    )
    expect(refused({ 'application.id': 'a b' })).toThrow('topics are named after it')
    expect(refused({ 'group.protocol': 'streams' })).toThrow('by the classic protocol only')
    expect(refused({ 'processing.guarantee': 'exactly_once' })).toThrow(
      'Invalid value exactly_once for configuration processing.guarantee: String must be one of: at_least_once, exactly_once_v2',
    )
  })
})
