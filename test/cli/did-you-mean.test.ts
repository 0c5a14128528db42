import { describe, expect, it } from 'vitest'
import * as cluster from '../../src/cli/classic/cluster.ts'
import * as consoleProducer from '../../src/cli/classic/console-producer.ts'
import * as metadataQuorum from '../../src/cli/classic/metadata-quorum.ts'
import * as serverStop from '../../src/cli/classic/server-stop.ts'
import * as storage from '../../src/cli/classic/storage.ts'
import * as topics from '../../src/cli/classic/topics.ts'
import { unknownCommand } from '../../src/cli/native/unknown-command.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { startTestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

const errorOf = async (tool: Parameters<typeof runClassic>[0], line: string) => {
  const { code, out, err } = await runClassic(tool, line.split(' '))
  expect({ code, out }).toEqual({ code: 1, out: '' })
  return err
}

describe("in Apache's spelling", () => {
  it('one line follows what Apache prints', async () => {
    const line = '--bootstrap-server localhost:9092 --topic kaninitopic PARTIONS 3 --replication-factor 1 --create'
    expect(await errorOf(topics, line.replace('PARTIONS', '--partions'))).toBe(
      'partions is not a recognized option\nDid you mean --partitions?\n',
    )
    expect(await errorOf(topics, line.replace('PARTIONS', '-partions'))).toBe(
      'p is not a recognized option\nDid you mean --partitions?\n',
    )
    expect(await errorOf(topics, '--xyzzy')).toBe('xyzzy is not a recognized option\n')
    expect(await errorOf(consoleProducer, '--topik t')).toMatch(
      /^topik is not a recognized option\nOption [\s\S]*\nDid you mean --topic\?\n$/,
    )
  })

  it('the tools with commands ask as Apache does', async () => {
    const tail = (err: string) => err.split('\n').slice(-4).join('\n')
    expect(tail(await errorOf(storage, 'fomat'))).toBe('\nDid you mean:\n\tformat\n')
    expect(tail(await errorOf(storage, 'format --clster-id x'))).toBe('\nDid you mean:\n\t--cluster-id\n')
    expect(await errorOf(storage, 'format --bogus x')).toMatch(/error: unrecognized arguments: '--bogus'\n$/)
    expect(await errorOf(storage, 'info x y -c z')).toMatch(/error: unrecognized arguments: 'x y -c z'\n$/)
    expect(tail(await errorOf(metadataQuorum, '--bootstrap-server x descibe'))).toBe('\nDid you mean:\n\tdescribe\n')
    expect(tail(await errorOf(cluster, 'clustr-id'))).toBe('\nDid you mean:\n\tcluster-id\n')
  })
})

describe('a property of a client', () => {
  it('is asked about, or told to do nothing, once, before anything else', async () => {
    const server = await startTestServer()
    const { bootstrap } = server
    const properties = ['lingr.ms=5', 'interceptor.classes=io.example.Monitor'].flatMap((one) => [
      '--command-property',
      one,
    ])
    const { code, err } = await runClassic(
      consoleProducer,
      ['--bootstrap-server', bootstrap, '--topic', 't', ...properties],
      {
        input: 'x\n',
      },
    )
    expect(code).toBe(0)
    expect(err.replace(/^\[.*?\] /gm, '')).toBe(
      'WARN Kafka knows no property lingr.ms: did you mean linger.ms?\nWARN Without effect: interceptor.classes (no classes of Java are loaded).\n',
    )
    await server.close()
  })
})

describe('kafka-server-stop', () => {
  it('stops nothing when it is told something that it does not know', async () => {
    const known = await errorOf(serverStop, '--nod-id=1')
    expect(known).toBe('--nod-id=1 is not known, and nothing was stopped. Did you mean --node-id=?\n')
    expect(await errorOf(serverStop, 'everything')).toBe('everything is not known, and nothing was stopped.\n')
  })
})

describe('a native command that is not there', () => {
  const known = ['topics create', 'topics list', 'server-start', 'console-producer']
  const about = (line: string) => unknownCommand(line.split(' '), known)

  it('is taken for one that is', () => {
    expect(about('topcis list')).toBe('There is no command topcis list. Did you mean topics list?')
    expect(about('topcis lst')).toBe('There is no command topcis lst. Did you mean topics list?')
    expect(about('topics creat orders')).toBe('There is no command topics creat. Did you mean topics create?')
    expect(about('topcis --create')).toBe('There is no command topcis. Did you mean topics?')
    expect(about('server-strat x')).toBe('There is no command server-strat. Did you mean server-start?')
    expect(about('kafka-topcis --list')).toBe('There is no command kafka-topcis. Did you mean kafka-topics?')
    expect(about('zookeeper-shel x')).toBe('There is no command zookeeper-shel. Did you mean zookeeper-shell?')
    expect(about('xyzzy')).toBe('There is no command xyzzy. `kafka --help` lists the commands.')
  })

  it.runIf(isBuilt())('and so is a flag', async () => {
    expect(await runBuilt('127.0.0.1:1', 'topics create x --partions 3')).toEqual({
      code: 2,
      out: '',
      err: 'Nonexistent flag: --partions. Did you mean --partitions?',
    })
    expect(await runBuilt('127.0.0.1:1', 'topics creat x')).toMatchObject({ code: 2, out: '' })
  })
})
