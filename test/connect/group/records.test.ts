import { describe, expect, it } from 'vitest'
import {
  commitRecord,
  connectorRecord,
  readConfigRecord,
  restartRecord,
  sessionKeyRecord,
  targetRecord,
  taskRecord,
} from '../../../src/connect/distributed/config-records.ts'
import { ConfigStore } from '../../../src/connect/distributed/config-store.ts'
import {
  readStatus,
  readStatusKey,
  statusJson,
  topicStatusJson,
  topicStatusKey,
} from '../../../src/connect/distributed/status-records.ts'

/** Keys and values as a worker of Apache Kafka 4.3.1 left them in its config topic. */
const source = {
  'connector.class': 'FileStreamSource',
  file: '/tmp/in.txt',
  topic: 'lines',
  name: 'src-é',
}
const written: readonly (readonly [key: string, value: string])[] = [
  [
    'session-key',
    '{"key":"A4l3x85nQwGqv6EzsOkM0byIYaBPFjtFTO/1WsB4Llg=","algorithm":"HmacSHA256","creation-timestamp":1796059370081}',
  ],
  [
    'connector-src-é',
    '{"properties":{"connector.class":"FileStreamSource","file":"/tmp/in.txt","topic":"lines","name":"src-é"}}',
  ],
  ['target-state-snk', '{"state":"PAUSED","state.v2":"PAUSED"}'],
  ['target-state-snk', '{"state":"STARTED","state.v2":"STARTED"}'],
  ['target-state-src-é', '{"state":"PAUSED","state.v2":"STOPPED"}'],
  ['restart-connector-snk', '{"include-tasks":true,"only-failed":false}'],
  [
    'task-src-é-0',
    '{"properties":{"connector.class":"FileStreamSource","file":"/tmp/in.txt","topic":"lines","name":"src-é"}}',
  ],
  ['commit-src-é', '{"tasks":1}'],
]
const ours = [
  sessionKeyRecord({
    key: Buffer.from('A4l3x85nQwGqv6EzsOkM0byIYaBPFjtFTO/1WsB4Llg=', 'base64'),
    algorithm: 'HmacSHA256',
    createdAt: 1796059370081,
  }),
  connectorRecord('src-é', source),
  targetRecord('snk', 'PAUSED'),
  targetRecord('snk', 'RUNNING'),
  targetRecord('src-é', 'STOPPED'),
  restartRecord({ connector: 'snk', includeTasks: true, onlyFailed: false }),
  taskRecord({ connector: 'src-é', task: 0 }, source),
  commitRecord('src-é', 1),
]

const silent = { onConnector() {}, onTarget() {}, onTasks() {}, onRestart() {}, onSessionKey() {} }

/** A store that has read some records. */
function storeOf(records: readonly (readonly [key: string, value: string | null])[]): ConfigStore {
  const store = new ConfigStore(() => silent)
  for (const [offset, [key, value]] of records.entries())
    store.learn(Buffer.from(key), value === null ? null : Buffer.from(value), offset)
  return store
}

describe('the config topic', () => {
  it('is written as Apache writes it', () => {
    expect(ours.map(({ key, value }) => [key, value])).toEqual(written)
    expect(connectorRecord('snk', null)).toEqual({ key: 'connector-snk', value: null })
  })

  it('is read as Apache means it', () => {
    expect(storeOf([]).current.offset).toBe(-1)
    expect(storeOf([...written, ['connector-x', '{']]).current.offset).toBe(written.length)
    const { current: state } = storeOf(written)
    expect(state.offset).toBe(written.length)
    expect(state.connectors.get('src-é')).toEqual(source)
    expect(state.target('src-é')).toBe('STOPPED')
    expect(state.taskIds('src-é')).toEqual([{ connector: 'src-é', task: 0 }])
    expect(state.taskConfig({ connector: 'src-é', task: 0 })).toEqual(source)
    expect(state.sessionKey).toMatchObject({ algorithm: 'HmacSHA256', createdAt: 1796059370081 })
    expect(state.wouldChange('src-é', [source])).toBe(false)
    expect(state.wouldChange('src-é', [{ ...source, topic: 'others' }])).toBe(true)
    expect(storeOf([...written, ['connector-src-é', null]]).current.units().isEmpty).toBe(true)
  })

  it('has tasks only when all of them are there: compaction and dying leaders leave parts', () => {
    const [, connector, , , , , task, commit] = written as [
      never,
      [string, string],
      never,
      never,
      never,
      never,
      [string, string],
      [string, string],
    ]
    const half = storeOf([connector, task, ['commit-src-é', '{"tasks":2}']]).current
    expect(half.taskIds('src-é')).toEqual([])
    expect(half.wouldChange('src-é', [source, source])).toBe(true)
    const unfinished = storeOf([connector, task, commit, ['task-src-é-0', '{"properties":{"a":"b"}}']]).current
    expect(unfinished.taskConfig({ connector: 'src-é', task: 0 })).toEqual(source)
    expect(storeOf([task, commit]).current.units().isEmpty).toBe(true)
  })

  it('passes over what it does not know', () => {
    for (const value of ['{', '[]', '{"properties":1}', 'null'])
      expect(readConfigRecord('connector-a', Buffer.from(value)), value).toBeUndefined()
    expect(readConfigRecord('tasks-fencing-a', Buffer.from('{"task-count":1}'))).toBeUndefined()
    expect(readConfigRecord('target-state-a', Buffer.from('{"state":"PAUSED"}'))).toMatchObject({ target: 'PAUSED' })
  })
})

describe('the status topic', () => {
  it('is as Apache has it', () => {
    const json = '{"state":"RUNNING","trace":null,"worker_id":"127.0.0.1:28083","generation":4,"version":"4.3.1"}'
    const status = { state: 'RUNNING', trace: null, workerId: '127.0.0.1:28083', generation: 4, version: '4.3.1' }
    expect(statusJson(status)).toBe(json)
    expect(readStatus(Buffer.from(json))).toEqual(status)
    const older = '{"state":"FAILED","trace":"because","worker_id":"w:1","generation":2}'
    expect(readStatus(Buffer.from(older))).toMatchObject({ trace: 'because', version: null })
    expect(readStatus(Buffer.from('{}'))).toBeUndefined()
    expect(readStatusKey('status-task-a-b-12')).toEqual({ kind: 'task', id: { connector: 'a-b', task: 12 } })
    expect(readStatusKey('status-connector-a')).toEqual({ kind: 'connector', name: 'a' })
    expect(readStatusKey('status-topic-lines:connector-src-é')).toEqual({
      kind: 'topic',
      topic: 'lines',
      connector: 'src-é',
    })
    expect(topicStatusKey('lines', 'src-é')).toBe('status-topic-lines:connector-src-é')
    expect(topicStatusJson({ name: 'lines', connector: 'src-é', task: 0, discoveredAt: 1796059387810 })).toBe(
      '{"topic":{"name":"lines","connector":"src-é","task":0,"discoverTimestamp":1796059387810}}',
    )
  })
})
