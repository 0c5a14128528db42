import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker.ts'
import { parseProperties } from '../../src/config/properties.ts'

describe('broker properties', () => {
  it('are typed, with defaults', () => {
    const config = new BrokerConfig({
      'num.partitions': '7',
      'auto.create.topics.enable': 'FALSE',
      'log.dirs': '/a, /b',
    })
    expect(config.get('num.partitions')).toBe(7)
    expect(config.get('auto.create.topics.enable')).toBe(false)
    expect(config.logDirs).toEqual(['/a', '/b'])
    expect(config.get('log.segment.bytes')).toBe(1073741824)
    expect(config.listeners).toEqual([{ name: 'PLAINTEXT', host: '', port: 9092 }])
  })

  it('tell broker listeners from controller listeners', () => {
    const config = new BrokerConfig({
      'process.roles': 'broker,controller',
      'node.id': '3',
      'controller.quorum.voters': '3@localhost:9093',
      listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://[::1]:9093',
      'controller.listener.names': 'CONTROLLER',
    })
    expect(config.nodeId).toBe(3)
    expect(config.listeners).toEqual([{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }])
    expect(config.controllerListeners).toEqual([{ name: 'CONTROLLER', host: '::1', port: 9093 }])
  })

  it('of the ZooKeeper era are taken, and unknown ones named', () => {
    const config = new BrokerConfig({
      'broker.id': '0',
      port: '9192',
      'zookeeper.connect': 'localhost:2181',
      'num.partitons': '3',
    })
    expect(config.nodeId).toBe(0)
    expect(config.listeners[0]?.port).toBe(9192)
    expect(config.unknown).toEqual(['num.partitons'])
  })

  const aBroker = {
    'process.roles': 'broker',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': 'localhost:9093',
    'controller.listener.names': 'CONTROLLER',
    listeners: 'PLAINTEXT://:9092',
  }

  const aController = {
    'process.roles': 'controller',
    'node.id': '1',
    'controller.listener.names': 'CONTROLLER',
  }

  it.each(['broker', 'controller'])('of config/%s.properties are right', (role) => {
    const text = readFileSync(fileURLToPath(new URL(`../../config/${role}.properties`, import.meta.url)), 'utf8')
    expect(new BrokerConfig(parseProperties(text)).get('process.roles')).toEqual([role])
  })

  it('of a broker without a controller name those of others', () => {
    const three = 'a:9093, [::1]:9094,b:9095'
    const config = new BrokerConfig({ ...aBroker, 'controller.quorum.bootstrap.servers': three })
    expect(config.isBrokerOnly).toBe(true)
    expect(config.bootstrapControllers).toEqual([
      { host: 'a', port: 9093 },
      { host: '::1', port: 9094 },
      { host: 'b', port: 9095 },
    ])
    const { 'controller.quorum.bootstrap.servers': _, ...rest } = aBroker
    const voters = new BrokerConfig({ ...rest, 'controller.quorum.voters': '2@a:1,3@b:2' })
    expect(voters.bootstrapControllers).toEqual([
      { id: 2, host: 'a', port: 1 },
      { id: 3, host: 'b', port: 2 },
    ])
  })

  const refused: [string, Record<string, string>, RegExp][] = [
    [
      'text for a number',
      { 'num.partitions': 'x' },
      /^Invalid value x for configuration num.partitions: Not a number of type INT$/,
    ],
    ['a number that is too small', { 'num.partitions': '0' }, /Value must be at least 1/],
    [
      'a word that is none of its words',
      { 'log.message.timestamp.type': 'Never' },
      /String must be one of: CreateTime, LogAppendTime/,
    ],
    ['a listener without port', { listeners: 'PLAINTEXT://localhost' }, /Unable to parse PLAINTEXT:\/\/localhost/],
    [
      'a listener without a protocol',
      { listeners: 'INSIDE://:9093' },
      /^No security protocol defined for listener INSIDE$/,
    ],
    [
      'a protocol that does not exist',
      { 'listener.security.protocol.map': 'A:B' },
      /^Invalid value A:B for configuration listener\.security\.protocol\.map: NAME:PROTOCOL is expected, with one of/,
    ],
    [
      'a class that would check logins',
      { 'listener.name.a.plain.sasl.server.callback.handler.class': 'A' },
      /^listener\.name\.a\.plain\.sasl\.server\.callback\.handler\.class is not there/,
    ],
    ['a class that would name users', { 'principal.builder.class': 'A' }, /classes that name users are not loaded/],
    [
      'several voters without a listener for them',
      { 'controller.quorum.voters': '1@a:1,2@b:2' },
      /^controller\.listener\.names names no listener/,
    ],
    ['another node as voter', { 'node.id': '1', 'controller.quorum.voters': '2@a:1' }, /node id 1 must be included/],
    [
      "an authorizer of one's own",
      { 'authorizer.class.name': 'com.example.Authorizer' },
      /^authorizer\.class\.name=com\.example\.Authorizer: classes of one's own are not loaded/,
    ],
    [
      'a super user who is none',
      {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:admin;alice',
      },
      /^super\.users: expected a string in format principalType:principalName but got alice$/,
    ],
    [
      'a name where an address is expected',
      { 'max.connections.per.ip.overrides': '127.0.0.1:3,localhost:5' },
      /^Invalid value 127\.0\.0\.1:3,localhost:5 for configuration max\.connections\.per\.ip\.overrides: Addresses with/,
    ],
    [
      'a door that nobody gets through',
      { 'max.connections.per.ip': '0' },
      /^max\.connections\.per\.ip can be set to zero/,
    ],
    [
      'a controller with a listener for clients',
      {
        ...aController,
        listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      },
      /^The listeners config must only contain KRaft controller listeners from controller\.listener\.names/,
    ],
    ['a broker without an id', { 'process.roles': 'broker' }, /^Missing required configuration "node\.id"/],
    [
      'a broker that has no name for controllers',
      { 'process.roles': 'broker', 'node.id': '1', 'controller.quorum.bootstrap.servers': 'a:1' },
      /^Missing required configuration "controller\.listener\.names" which has no default value\.$/,
    ],
    [
      'a broker that knows no controller',
      { ...aBroker, 'controller.quorum.bootstrap.servers': '' },
      /^If using process\.roles, either controller\.quorum\.bootstrap\.servers must contain/,
    ],
    [
      'a controller without a port',
      { ...aBroker, 'controller.quorum.bootstrap.servers': 'localhost' },
      /^Failed to parse host name from localhost for the configuration controller\.quorum\.bootstrap\.servers\./,
    ],
    [
      'a broker that is among the voters',
      { ...aBroker, 'controller.quorum.voters': '1@localhost:9093' },
      /^If process\.roles contains just the 'broker' role, the node id 1 must not be included/,
    ],
    [
      'a broker that listens for controllers',
      { ...aBroker, listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093' },
      /^controller\.listener\.names must not contain a value appearing in the 'listeners' configuration/,
    ],
    [
      'controllers that nobody says how to speak to',
      { ...aBroker, 'controller.listener.names': 'INSIDE' },
      /^No security protocol defined for listener INSIDE$/,
    ],
  ]
  it.each(refused)('refuse %s in one sentence', (_name, properties, sentence) => {
    expect(() => new BrokerConfig(properties)).toThrow(sentence)
  })
})
