import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as configs from '../../src/cli/classic/configs.ts'
import * as consoleConsumer from '../../src/cli/classic/console-consumer.ts'
import * as consoleProducer from '../../src/cli/classic/console-producer.ts'
import * as consumerGroups from '../../src/cli/classic/consumer-groups.ts'
import * as consumerPerf from '../../src/cli/classic/consumer-perf-test.ts'
import * as getOffsets from '../../src/cli/classic/get-offsets.ts'
import { readJavaCommand } from '../../src/cli/classic/java-classes.ts'
import * as reassign from '../../src/cli/classic/reassign-partitions.ts'
import { classicTools } from '../../src/cli/classic/registry.ts'
import * as topics from '../../src/cli/classic/topics.ts'
import * as zooKeeperStart from '../../src/cli/classic/zookeeper-server-start.ts'
import * as shell from '../../src/cli/classic/zookeeper-shell.ts'
import { atApache, startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'
import { startTestZooKeeper } from '../support/zookeeper.ts'

/** Command lines as the documents of the ZooKeeper era have them. At Apache's broker most are skipped: Apache Kafka 4 registers with no ZooKeeper. */
let zooKeeper: Awaited<ReturnType<typeof startTestZooKeeper>>
let server: TestServer
beforeAll(async () => {
  if (atApache) return
  zooKeeper = await startTestZooKeeper()
  server = await startTestServer({ 'zookeeper.connect': zooKeeper.address, 'broker.id': '0' })
})
afterAll(async () => {
  await server?.close()
  await zooKeeper?.close()
})

const words = (line: string) =>
  line.replaceAll('ZK', zooKeeper.address).replaceAll('BROKER', server.bootstrap).split(' ')
const kafkaTopics = (line: string) => runClassic(topics, words(line))

describe.skipIf(atApache)('--zookeeper', () => {
  it('finds the brokers for topics, which say what they said', async () => {
    expect(await kafkaTopics('-zookeeper ZK -create -topic Mytopic -partitions 2 -replication-factor 1')).toEqual({
      code: 0,
      out: 'Created topic Mytopic.\n',
      err: '',
    })
    expect((await kafkaTopics('-zookeeper 127.0.0.1:1,ZK -list')).out).toBe('Mytopic\n')
    expect(
      (await kafkaTopics('--zookeeper ZK --alter --topic Mytopic --partitions 3 --config retention.ms=5')).out,
    ).toBe(
      [
        'WARNING: Altering topic configuration from this script has been deprecated and may be removed in future releases.',
        '         Going forward, please use kafka-configs.sh for this functionality',
        'Updated config for topic Mytopic.',
        'WARNING: If partitions are increased for a topic that has a key, the partition logic or ordering of the messages will be affected',
        'Adding partitions succeeded!',
        '',
      ].join('\n'),
    )
    const described = (
      await runClassic(configs, words('--zookeeper ZK --describe --entity-type topics --entity-name Mytopic'))
    ).out
    expect(described).toContain('retention.ms=5 ')
    expect((await kafkaTopics('--zookeeper ZK --delete --topic Mytopic --force')).out).toBe(
      'Topic Mytopic is marked for deletion.\nNote: This will have no impact if delete.topic.enable is not set to true.\n',
    )
  })

  it('and --broker-list bring lines through a topic', async () => {
    await kafkaTopics('--create --topic lines --zookeeper ZK')
    const sent = await runClassic(consoleProducer, words('--broker-list BROKER --topic lines'), { input: 'a\nb\n' })
    expect(sent.code).toBe(0)
    const line = '-zookeeper ZK -topic lines -from-beginning -new-consumer --max-messages 2'
    expect((await runClassic(consoleConsumer, words(line))).out).toBe('a\nb\n')
    const white = '--zookeeper ZK --whitelist lin.* --from-beginning --max-messages 2'
    expect((await runClassic(consoleConsumer, words(white))).out).toBe('a\nb\n')
    expect((await runClassic(getOffsets, words('--broker-list BROKER --topic lines'))).out).toBe('lines:0:2\n')
    expect((await runClassic(consumerPerf, words('--broker-list BROKER --topic lines --messages 2'))).code).toBe(0)
    expect((await runClassic(consumerGroups, words('--zookeeper ZK --list'))).code).toBe(0)
    expect((await runClassic(reassign, words('--zookeeper ZK --list'))).out).toBe('No partition reassignments found.\n')
  })

  it('says what is wrong', async () => {
    expect(await kafkaTopics('--zookeeper 127.0.0.1:1 --list')).toEqual({
      code: 1,
      out: '',
      err: 'No ZooKeeper answers at 127.0.0.1:1 (ECONNREFUSED). Start one with bin/zookeeper-server-start.sh config/zookeeper.properties, or name a broker with --bootstrap-server host:port.\n',
    })
    expect((await kafkaTopics('--zookeeper BROKER --list')).err).toContain('No ZooKeeper answers at')
    expect((await kafkaTopics('--zookeeper ZK/elsewhere --list')).err).toContain(
      'No broker has registered with the ZooKeeper',
    )
    expect((await kafkaTopics('--zookeeper ZK --bootstrap-server BROKER --list')).err).toContain('Only one of')
    expect((await kafkaTopics('--zookeeper ZK --alter --topic x')).err).toContain(
      'Missing required argument "[partitions]"',
    )
  })
})

describe.skipIf(atApache)('zookeeper-shell', () => {
  const run = (line: string, input?: string) => runClassic(shell, words(line), { input })

  it('reads what brokers have written', async () => {
    expect((await run('ZK ls /brokers/ids')).out).toBe(
      `Connecting to ${zooKeeper.address}\n\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n[0]\n`,
    )
    const last = (await run('ZK get /brokers/ids/0')).out.trimEnd().split('\n').at(-1) as string
    expect(JSON.parse(last).endpoints).toEqual([`PLAINTEXT://${server.bootstrap}`])
    const many = await run('ZK', 'ls /brokers/ids\n\nget /nowhere\nls /cluster\nquit\nls /\n')
    expect(many.out).toMatch(/\[0\]\n\[id\]\n$/)
    expect(many.err).toBe('Node does not exist: /nowhere\n')
  })

  it('changes nothing', async () => {
    const { code, err } = await run('ZK deleteall /brokers/topics/x')
    expect(code).toBe(1)
    expect(err).toMatch(/^'deleteall' is not done here/)
  })
})

describe('zookeeper-server-start', () => {
  it('asks for a file that names a port', async () => {
    expect((await runClassic(zooKeeperStart, [])).err).toMatch(/^USAGE: /)
    expect((await runClassic(zooKeeperStart, ['/nowhere.properties'])).code).toBe(1)
  })
})

describe('kafka-run-class', () => {
  it('knows the tools by the names of their classes, old and new', () => {
    const tool = (name: string) => (readJavaCommand([name]) as { tool: string }).tool
    for (const name of ['kafka.admin.TopicCommand', 'org.apache.kafka.tools.TopicCommand'])
      expect(tool(name)).toBe('topics')
    for (const name of ['kafka.tools.ConsoleConsumer', 'org.apache.kafka.tools.consumer.ConsoleConsumer'])
      expect(tool(name)).toBe('console-consumer')
    expect(tool('kafka.Kafka')).toBe('server-start')
    expect(tool('org.apache.zookeeper.server.quorum.QuorumPeerMain')).toBe('zookeeper-server-start')
    expect(readJavaCommand(['-name', 'x', '-loggc', '-daemon', 'kafka.Kafka', 'f'])).toEqual({
      tool: 'server-start',
      args: ['-daemon', 'f'],
    })
    expect(Object.keys(classicTools)).toContain(tool('kafka.tools.EndToEndLatency'))
  })

  it('says that it runs no other Java', () => {
    expect(readJavaCommand(['kafka.tools.TopicComand'])).toContain('Did you mean TopicCommand (kafka-topics)?')
    expect(readJavaCommand(['com.example.TopicCommand'])).toContain('There is no class com.example.TopicCommand here')
    expect(readJavaCommand([])).toMatch(/^USAGE/)
  })
})
