import { beforeEach, describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker.ts'
import { openDirectories } from '../../src/server/format.ts'
import { memoryRuntime } from '../support/memory-runtime.ts'

let runtime: ReturnType<typeof memoryRuntime>
beforeEach(() => {
  runtime = memoryRuntime()
})

const open = (properties: Record<string, string>) =>
  openDirectories(
    runtime,
    new BrokerConfig({
      ...{ 'log.dirs': '/logs', 'node.id': '1', 'controller.listener.names': 'CONTROLLER' },
      ...properties,
    }),
  )
const controller = { 'process.roles': 'controller', listeners: 'CONTROLLER://h:9093' }
const both = { 'process.roles': 'broker,controller', listeners: 'PLAINTEXT://h:9092,CONTROLLER://h:9093' }
const FORMAT = /^No readable meta.properties found in \/logs: format it first \(kafka-storage format\) with the id of/

describe('a directory that nobody has formatted', () => {
  it.each<[string, Record<string, string>]>([
    ['a voter among voters', { ...both, 'controller.quorum.voters': '1@h:9093,2@i:9093' }],
    ['a controller among voters', { ...controller, 'controller.quorum.voters': '1@h:9093,2@i:9093' }],
    ['a controller among controllers', { ...controller, 'controller.quorum.bootstrap.servers': 'h:9093,i:9093' }],
    ['a controller elsewhere', { ...controller, 'controller.quorum.bootstrap.servers': 'i:9094' }],
    ['a broker', { 'process.roles': 'broker', listeners: 'PLAINTEXT://h:9092', 'controller.quorum.voters': '2@i:1' }],
  ])('gets no cluster of its own from %s', (_, properties) => {
    expect(() => open(properties)).toThrow(FORMAT)
    expect(runtime.disk.list('/logs') ?? []).toEqual([])
  })

  it.each<[string, Record<string, string>]>([
    ['a node alone', both],
    ['the only voter', { ...both, 'controller.quorum.voters': '1@h:9093' }],
    ['a controller that names itself', { ...controller, 'controller.quorum.bootstrap.servers': 'h:9093' }],
  ])('gets one from %s', (_, properties) => {
    expect(open(properties).clusterId).toHaveLength(22)
  })
})
