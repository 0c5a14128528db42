import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as consoleConsumer from '../../src/cli/classic/console-consumer.ts'
import * as consoleProducer from '../../src/cli/classic/console-producer.ts'
import * as consumerGroups from '../../src/cli/classic/consumer-groups.ts'
import * as storage from '../../src/cli/classic/storage.ts'
import * as topics from '../../src/cli/classic/topics.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** The tools in Apache's spelling, at a node in this process. What they print is what Apache's print (see compat/cli.compat.test.ts). */
let server: TestServer
const folder = mkdtempSync(join(tmpdir(), 'cli-test-'))

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const at = () => ['--bootstrap-server', server.bootstrap]
const kafkaTopics = (...args: string[]) => runClassic(topics, [...at(), ...args])
const produce = (input: string, ...args: string[]) => runClassic(consoleProducer, [...at(), ...args], { input })
const consume = (...args: string[]) => runClassic(consoleConsumer, [...at(), ...args])
const groups = (...args: string[]) => runClassic(consumerGroups, [...at(), ...args])

describe('kafka-topics', () => {
  it('creates, lists, describes, alters and deletes', async () => {
    expect(await kafkaTopics('--create', '--topic', 'life', '--partitions', '2')).toEqual({
      code: 0,
      out: 'Created topic life.\n',
      err: '',
    })
    expect(await kafkaTopics('--create', '--topic', 'life')).toEqual({
      code: 1,
      out: "Error while executing topic command : Topic 'life' already exists.\n",
      err: '',
    })
    expect((await kafkaTopics('--create', '--topic', 'life', '--if-not-exists')).code).toBe(0)
    expect((await kafkaTopics('--list', '--topic', 'li.*')).out).toBe('life\n')
    expect((await kafkaTopics('--list', '--topic', 'nothing')).out).toBe('\n')
    expect((await kafkaTopics('--alter', '--topic', 'life', '--partitions', '3')).out).toBe('')
    const described = (await kafkaTopics('-describe', '-topic', 'life')).out.split('\n')
    expect(described[0]).toMatch(/^Topic: life\tTopicId: \S{22}\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: /)
    expect(described[3]).toBe('\tTopic: life\tPartition: 2\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: ')
    expect(await kafkaTopics('--delete', '--topic', 'life')).toEqual({ code: 0, out: '', err: '' })
    expect((await kafkaTopics('--describe', '--topic', 'life')).out).toBe(
      "Error while executing topic command : Topic 'life' does not exist as expected\n",
    )
  })

  it('asks for one action and for servers', async () => {
    const two = await kafkaTopics('--list', '--create')
    expect(two.code).toBe(1)
    expect(two.err).toMatch(
      /^Command must include exactly one action: --list, --describe, --create, --alter or --delete\nOption/,
    )
    expect(await runClassic(topics, ['--list'])).toEqual({
      code: 1,
      out: '',
      err: '--bootstrap-server must be specified\n',
    })
  })

  it('tells wrong properties before it asks a broker', async () => {
    const create = (config: string) => kafkaTopics('--create', '--topic', 'c', '--config', config)
    expect((await create('nope=1')).out).toContain('Unknown topic config name: nope')
    expect((await create('retention.ms=x')).out).toContain(
      'Invalid value x for configuration retention.ms: Not a number of type LONG',
    )
    expect((await create('retention.ms')).out).toContain('all configs to be added must be in the format "key=val".')
  })
})

describe('the console tools', () => {
  it('bring lines through a topic unchanged', async () => {
    await kafkaTopics('--create', '--topic', 'lines', '--partitions', '1')
    const input = `${Array.from({ length: 5000 }, (_, i) => `line ${i} é`).join('\n')}\n\nlast`
    expect(await produce(input, '--topic', 'lines')).toEqual({ code: 0, out: '', err: '' })
    const read = await consume('--topic', 'lines', '--from-beginning', '--max-messages', '5002')
    expect(read.out).toBe(`${input}\n`)
    expect(read.err).toBe('Processed a total of 5002 messages\n')
    expect(read.code).toBe(0)
  })

  it('bring keys, headers and nulls through', async () => {
    await kafkaTopics('--create', '--topic', 'keyed', '--partitions', '1')
    const parse = ['--reader-property', 'parse.key=true', '--reader-property', 'parse.headers=true']
    await produce(
      'h:1,i:N\tk\tN\n',
      '--topic',
      'keyed',
      ...parse,
      '--reader-property',
      'null.marker=N',
      '--sync',
      '--timeout',
      '0',
    )
    const print = ['key', 'headers', 'offset'].flatMap((name) => ['--formatter-property', `print.${name}=true`])
    const read = await consume(
      '--topic',
      'keyed',
      '--partition',
      '0',
      '--offset',
      'earliest',
      '--max-messages',
      '1',
      ...print,
    )
    expect(read.out).toBe('Offset:0\th:1,i:null\tk\tnull\n')
  })

  it('end on a bad line with what was read before it sent', async () => {
    await kafkaTopics('--create', '--topic', 'bad', '--partitions', '1')
    const result = await produce('a\tb\nnokey\n', '--topic', 'bad', '--property', 'parse.key=true')
    expect(result.code).toBe(1)
    expect(result.out).toContain('Warning: --property is deprecated')
    expect(result.err).toBe("No key separator found on line number 2: 'nokey'\n")
    expect((await consume('--topic', 'bad', '--from-beginning', '--max-messages', '1')).out).toBe('b\n')
  })

  it('tell of every lost record and end with 1', async () => {
    const result = await produce('x\ny\n', '--topic', 'not valid')
    expect(result.code).toBe(1)
    expect(
      result.err.match(/Error when sending message to topic not valid with key: null, value: 1 bytes/g),
    ).toHaveLength(2)
  })

  it('end quietly after a time without records', async () => {
    const result = await consume('--topic', 'lines', '--partition', '0', '--timeout-ms', '200')
    expect(result).toEqual({ code: 0, out: '', err: 'Processed a total of 0 messages\n' })
  })

  it('fail on a record that cannot be read, unless told to go on', async () => {
    const args = ['--topic', 'lines', '--partition', '0', '--offset', '0', '--value-deserializer', 'long']
    const failed = await consume(...args)
    expect(failed.code).toBe(1)
    expect(failed.err).toContain('Size of data received by LongDeserializer is not 8')
    expect(failed.err).toMatch(/Processed a total of 1 messages\n$/)
    const skipped = await consume(...args, '--skip-message-on-error', '--max-messages', '3')
    expect(skipped.code).toBe(0)
    expect(skipped.err.match(/skipping this message/g)).toHaveLength(3)
  })

  it('keep the rest of a poll for the group', async () => {
    const first = await consume('--topic', 'lines', '--group', 'halves', '--from-beginning', '--max-messages', '3')
    expect(first.out).toBe('line 0 é\nline 1 é\nline 2 é\n')
    const second = await consume('--topic', 'lines', '--group', 'halves', '--max-messages', '2')
    expect(second.out).toBe('line 3 é\nline 4 é\n')
  })
})

describe('kafka-consumer-groups', () => {
  it('shows and moves offsets', async () => {
    const described = await groups('--describe', '--group', 'halves')
    expect(described.err).toBe("\nConsumer group 'halves' has no active members.\n")
    expect(described.out).toBe(
      '\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\n' +
        'halves          lines           0          5               5002            4997            -               -               -\n',
    )
    const reset = (...args: string[]) => groups('--reset-offsets', '--group', 'halves', '--topic', 'lines', ...args)
    expect((await reset('--shift-by', '-2', '--dry-run', '--export')).out).toBe('lines,0,3\n\n')
    expect((await reset('--to-offset', '9999', '--execute')).out).toBe(
      '\nGROUP           TOPIC           PARTITION  NEW-OFFSET\nhalves          lines           0          5002\n',
    )
    const plan = join(folder, 'plan.csv')
    writeFileSync(plan, 'lines,0,17\n')
    expect((await groups('--reset-offsets', '--group', 'halves', '--from-file', plan, '--execute')).code).toBe(0)
    expect((await reset('--to-current', '--dry-run', '--export')).out).toBe('lines,0,17\n\n')
    expect((await groups('--delete-offsets', '--group', 'halves', '--topic', 'lines')).out).toBe(
      'Request succeeded for deleting offsets from group halves.\n\n' +
        'TOPIC           PARTITION  STATUS         \nlines           0          Successful     \n',
    )
  })

  it('ends with 1 where Apache forgets to', async () => {
    const missing = await groups('--describe', '--group', 'nobody')
    expect(missing.code).toBe(1)
    expect(missing.out).toBe(
      '\nError: Executing consumer group command failed due to org.apache.kafka.common.errors.GroupIdNotFoundException: Group nobody not found.\n',
    )
    const deleted = await groups('--delete', '--group', 'nobody')
    expect(deleted.code).toBe(1)
    expect(deleted.out).toContain("* Group 'nobody' could not be deleted due to: org.apache.kafka.common.errors.")
  })
})

describe('kafka-storage', () => {
  const properties = join(folder, 'server.properties')
  const logs = join(folder, 'logs')
  const run = (...args: string[]) => runClassic(storage, args)

  it('formats a directory once', async () => {
    writeFileSync(
      properties,
      `process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers=localhost:9093\nlisteners=PLAINTEXT://:9092,CONTROLLER://:9093\ncontroller.listener.names=CONTROLLER\nlog.dirs=${logs}\n`,
    )
    expect(await run('info', '-c', properties)).toEqual({
      code: 1,
      out: `Found problem:\n  ${logs} does not exist\n\n`,
      err: '',
    })
    const id = (await run('random-uuid')).out.trim()
    expect(id).toMatch(/^[\w][\w-]{21}$/)
    const format = ['format', '-t', id, '-c', properties]
    expect((await run(...format)).err).toMatch(/^Because controller\.quorum\.voters is not set/)
    const formatted = await run(...format, '--standalone')
    expect(formatted.out.split('\n')[1]).toBe(
      `Formatting dynamic metadata voter directory ${logs} with metadata.version 4.3-IV0.`,
    )
    expect((await run(...format, '--standalone')).err).toContain(`Log directory ${logs} is already formatted.`)
    expect((await run(...format, '--standalone', '-g')).out).toBe('All of the log directories are already formatted.\n')
    expect((await run('info', '-c', properties)).out).toContain(`Found metadata: {cluster.id=${id}, directory.id=`)
  })

  it('complains as argparse does', async () => {
    const missing = await run('format')
    expect(missing.code).toBe(1)
    expect(missing.err).toMatch(
      /^usage: kafka-storage format [\s\S]*\nkafka-storage: error: argument --cluster-id\/-t is required\n$/,
    )
    expect((await run()).err).toMatch(/kafka-storage: error: too few arguments\n$/)
    expect((await run('info', '--bogus')).err).toMatch(/kafka-storage: error: unrecognized arguments: '--bogus'\n$/)
  })
})
