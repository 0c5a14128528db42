import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt } from '../support/built-commands.ts'
import { startEra } from '../support/era.ts'
import { Shell } from '../support/shell.ts'

/** The sessions with Kafka Streams from users' documents, typed line by line. Only ports, and the folder of data and files, are others. */
const built = isBuilt()
const folder = mkdtempSync(join(tmpdir(), 'kafka-streams-session-'))
const shell = new Shell()
let typed: (line: string) => string

beforeAll(async () => {
  if (!built) return
  const elsewhere = await startEra(shell, folder)
  writeFileSync(join(folder, 'demo.properties'), elsewhere('bootstrap.servers=localhost:9092\n'))
  typed = (line) =>
    elsewhere(line).replaceAll('config/', `${folder}/`).replaceAll('file-input.txt', `${folder}/file-input.txt`)
}, 60_000)
afterAll(() => {
  shell.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (line: string, input?: string) => shell.type(typed(line), input)
/** The document's line has no file: the one here says where the broker is. */
const demo = 'bin/kafka-run-class.sh org.apache.kafka.streams.examples.wordcount.WordCountDemo config/demo.properties'
const consumer = `bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic streams-wordcount-output --from-beginning \
  --formatter kafka.tools.DefaultMessageFormatter --property print.key=true --property print.value=true \
  --property key.deserializer=org.apache.kafka.common.serialization.StringDeserializer \
  --property value.deserializer=org.apache.kafka.common.serialization.LongDeserializer`

describe.runIf(built)('the WordCountDemo', () => {
  it('of the ZooKeeper era counts a file and ends', async () => {
    const text = '"all streams lead to kafka\\nhello kafka streams\\njoin kafka summit"'
    expect((await run(`echo -e ${text} > file-input.txt`)).code).toBe(0)
    const create =
      'bin/kafka-topics.sh --create --zookeeper localhost:2181 --replication-factor 1 --partitions 1 --topic streams-file-input'
    expect((await run(create)).out).toBe('Created topic streams-file-input.\n')
    const produce =
      'bin/kafka-console-producer.sh --broker-list localhost:9092 --topic streams-file-input < file-input.txt'
    expect((await run(produce)).code).toBe(0)
    expect(await run(demo)).toEqual({ code: 0, out: '', err: '' })
    const reader = shell.start(typed(consumer))
    await reader.shows(/summit/)
    await reader.stop('SIGINT')
    expect(reader.text).toContain('all\t1\nlead\t1\nto\t1\nhello\t1\nstreams\t2\njoin\t1\nkafka\t3\nsummit\t1\n')
  }, 60_000)

  it('of today shows every change until Ctrl-C', async () => {
    const servers = '--bootstrap-server localhost:9092'
    await run(`bin/kafka-topics.sh ${servers} --delete --topic streams-wordcount-output`)
    const reset = `bin/kafka-streams-application-reset.sh ${servers} --application-id streams-wordcount`
    expect((await run(reset)).code).toBe(0)
    expect((await run(`bin/kafka-topics.sh ${servers} --create --topic streams-plaintext-input`)).code).toBe(0)
    const running = shell.start(typed(demo))
    const reader = shell.start(typed(consumer))
    const produce = `bin/kafka-console-producer.sh ${servers} --topic streams-plaintext-input`
    await run(produce, 'all streams lead to kafka\n')
    await reader.shows(/kafka\t1\n/)
    await run(produce, 'hello kafka streams\n')
    await reader.shows(/streams\t2\n/)
    await reader.stop('SIGINT')
    expect(await running.stop('SIGINT')).toBe(130)
    expect(running.text).toBe('')
    expect(reader.text).toContain('all\t1\nstreams\t1\nlead\t1\nto\t1\nkafka\t1\nhello\t1\nkafka\t2\nstreams\t2\n')
  }, 60_000)

  it('says in one sentence what it lacks', async () => {
    const servers = '--bootstrap-server localhost:9092'
    for (const topic of ['streams-plaintext-input', 'streams-file-input'])
      await run(`bin/kafka-topics.sh ${servers} --delete --topic ${topic}`)
    expect(await run(demo)).toEqual({
      code: 1,
      out: '',
      err: 'Source topics are missing: streams-plaintext-input. Make them before the application is started.\n',
    })
  }, 60_000)
})
