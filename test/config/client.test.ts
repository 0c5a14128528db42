import { describe, expect, test } from 'vitest'
import { consumerConfig, parseServers, producerConfig } from '../../src/config/client.ts'

const servers = { 'bootstrap.servers': 'localhost:9092' }

// The sentences of Apache's ConfigException for the same values.
describe('bad values are refused as Apache refuses them', () => {
  test.each([
    ['linger.ms', 'abc', 'Invalid value abc for configuration linger.ms: Not a number of type LONG'],
    ['linger.ms', '-1', 'Invalid value -1 for configuration linger.ms: Value must be at least 0'],
    ['batch.size', '1.5', 'Invalid value 1.5 for configuration batch.size: Not a number of type INT'],
    ['acks', '7', 'Invalid value 7 for configuration acks: String must be one of: all, -1, 0, 1'],
    ['retries', '99999999999', 'Invalid value 99999999999 for configuration retries: Not a number of type INT'],
    [
      'enable.idempotence',
      'maybe',
      'Invalid value maybe for configuration enable.idempotence: Expected value to be either true or false',
    ],
    [
      'compression.gzip.level',
      '99',
      'Invalid value 99 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1',
    ],
    [
      'compression.zstd.level',
      '99',
      'Invalid value 99 for configuration compression.zstd.level: Value must be no more than 22',
    ],
    [
      'security.protocol',
      'FOO',
      'Invalid value FOO for configuration security.protocol: String must be one of (case insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT',
    ],
    [
      'max.in.flight.requests.per.connection',
      6,
      'To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current value is 6.',
    ],
    ['delivery.timeout.ms', 10, 'delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms'],
  ])('producer %s=%s', (name, value, sentence) => {
    expect(() => producerConfig({ ...servers, [name]: value })).toThrow(sentence)
  })

  test.each([
    [
      'auto.offset.reset',
      'foo',
      "Invalid value foo for configuration auto.offset.reset: Invalid value `foo` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.",
    ],
    [
      'isolation.level',
      'x',
      'Invalid value x for configuration isolation.level: String must be one of: read_committed, read_uncommitted',
    ],
    ['max.poll.records', 0, 'Invalid value 0 for configuration max.poll.records: Value must be at least 1'],
    ['group.id', ' ', 'The configured group.id should not be an empty string or whitespace.'],
    ['group.instance.id', '', 'Invalid value  for configuration group.instance.id: String must be non-empty'],
    ['heartbeat.interval.ms', 50_000, 'Heartbeat must be set lower than the session timeout'],
  ])('consumer %s=%s', (name, value, sentence) => {
    expect(() => consumerConfig({ ...servers, 'group.id': 'g', [name]: value })).toThrow(sentence)
  })

  test('a transactional id needs idempotence', () => {
    expect(() => producerConfig({ ...servers, 'transactional.id': 'x', 'enable.idempotence': 'false' })).toThrow(
      'Cannot set a transactional.id without also enabling idempotence.',
    )
  })

  test.each([
    ['consumer', { 'session.timeout.ms': 1 }, 'session.timeout.ms cannot be set when group.protocol=CONSUMER'],
    [
      'Consumer',
      { 'session.timeout.ms': 1, 'heartbeat.interval.ms': 2, 'partition.assignment.strategy': 'range' },
      'partition.assignment.strategy, heartbeat.interval.ms, session.timeout.ms cannot be set when group.protocol=CONSUMER',
    ],
    [
      'classic',
      { 'group.remote.assignor': 'uniform' },
      'group.remote.assignor cannot be set when group.protocol=CLASSIC',
    ],
  ])('what belongs to another group protocol than %s', (protocol, properties, sentence) => {
    const all = { ...servers, 'group.id': 'g', 'group.protocol': protocol, ...properties }
    expect(() => consumerConfig(all)).toThrow(sentence)
  })

  test.each([
    { 'group.protocol': 'consumer', 'partition.assignment.strategy': '' },
    { 'group.protocol': 'consumer', 'group.remote.assignor': 'uniform' },
    { 'group.protocol': 'CONSUMER', 'group.remote.assignor': '' },
  ])('nothing is said of %o', (properties) => {
    expect(consumerConfig({ ...servers, 'group.id': 'g', ...properties }).unknown).toEqual([])
  })
})

test('values are taken as text or as what they are; unknown names are collected', () => {
  const { values, unknown } = producerConfig({
    ...servers,
    'linger.ms': 7,
    acks: '1',
    'batch.size': '10',
    'made.up': 'x',
  })
  expect([values['linger.ms'], values.acks, values['batch.size'], unknown]).toEqual([7, '1', 10, ['made.up']])
})

test('idempotence gives way to explicit settings, unless it is explicit itself', () => {
  expect(producerConfig(servers).values['enable.idempotence']).toBe(true)
  expect(producerConfig({ ...servers, acks: 1 }).values['enable.idempotence']).toBe(false)
  expect(producerConfig({ ...servers, retries: 0 }).values['enable.idempotence']).toBe(false)
  expect(() => producerConfig({ ...servers, acks: 1, 'enable.idempotence': true })).toThrow('Must set acks to all')
})

test('without a group nothing is committed automatically', () => {
  expect(consumerConfig(servers).values['enable.auto.commit']).toBe(false)
  expect(consumerConfig({ ...servers, 'group.id': 'g' }).values['enable.auto.commit']).toBe(true)
})

test('by_duration is read as an ISO duration', () => {
  const reset = consumerConfig({ ...servers, 'auto.offset.reset': 'by_duration:P1DT2H3M4.5S' }).values[
    'auto.offset.reset'
  ]
  expect(reset).toEqual({ durationMs: 93_784_500 })
})

test('addresses', () => {
  expect(parseServers('bootstrap.servers', 'a:1, [::1]:2 ,PLAINTEXT://c:3')).toEqual([
    { host: 'a', port: 1 },
    { host: '::1', port: 2 },
    { host: 'c', port: 3 },
  ])
  for (const bad of ['abc', 'abc:xyz', 'a:99999'])
    expect(() => parseServers('bootstrap.servers', bad)).toThrow(`Invalid url in bootstrap.servers: ${bad}`)
  expect(() => parseServers('bootstrap.servers', '')).toThrow("Configuration 'bootstrap.servers' must not be empty.")
})
