import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as brokerApiVersions from '../../src/cli/classic/broker-api-versions.ts'
import * as clientMetrics from '../../src/cli/classic/client-metrics.ts'
import * as configs from '../../src/cli/classic/configs.ts'
import * as consoleConsumer from '../../src/cli/classic/console-consumer.ts'
import * as consoleProducer from '../../src/cli/classic/console-producer.ts'
import * as consumerGroups from '../../src/cli/classic/consumer-groups.ts'
import * as delegationTokens from '../../src/cli/classic/delegation-tokens.ts'
import * as deleteRecords from '../../src/cli/classic/delete-records.ts'
import * as dumpLog from '../../src/cli/classic/dump-log.ts'
import * as getOffsets from '../../src/cli/classic/get-offsets.ts'
import * as groups from '../../src/cli/classic/groups.ts'
import { formatHelp } from '../../src/cli/classic/help.ts'
import * as leaderElection from '../../src/cli/classic/leader-election.ts'
import * as logDirs from '../../src/cli/classic/log-dirs.ts'
import * as metadataShell from '../../src/cli/classic/metadata-shell.ts'
import { flag, takes } from '../../src/cli/classic/option-parser.ts'
import * as reassignPartitions from '../../src/cli/classic/reassign-partitions.ts'
import * as replicaVerification from '../../src/cli/classic/replica-verification.ts'
import * as serverStart from '../../src/cli/classic/server-start.ts'
import * as storage from '../../src/cli/classic/storage.ts'
import * as streamsReset from '../../src/cli/classic/streams-application-reset.ts'
import * as topics from '../../src/cli/classic/topics.ts'
import { runClassic } from '../support/test-console.ts'

/** What Apache Kafka 4.3.1's own tools print, byte for byte. */
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.help.txt`, import.meta.url), 'utf8')

describe('help', () => {
  const tools = {
    'kafka-topics': topics,
    'kafka-console-producer': consoleProducer,
    'kafka-console-consumer': consoleConsumer,
    'kafka-consumer-groups': consumerGroups,
    'kafka-server-start': serverStart,
    'kafka-get-offsets': getOffsets,
    'kafka-configs': configs,
    'kafka-delete-records': deleteRecords,
    'kafka-broker-api-versions': brokerApiVersions,
    'kafka-groups': groups,
    'kafka-log-dirs': logDirs,
    'kafka-dump-log': dumpLog,
    'kafka-delegation-tokens': delegationTokens,
    'kafka-client-metrics': clientMetrics,
    'kafka-leader-election': leaderElection,
    'kafka-reassign-partitions': reassignPartitions,
    'kafka-replica-verification': replicaVerification,
    'kafka-streams-application-reset': streamsReset,
  }
  it.each(Object.entries(tools))("%s prints Apache's text", async (name, tool) => {
    expect(await runClassic(tool, ['--help'])).toEqual({ code: 1, out: '', err: fixture(name) })
  })

  it("kafka-storage prints Apache's text", async () => {
    expect(await runClassic(storage, ['--help'])).toEqual({ code: 0, out: fixture('kafka-storage'), err: '' })
    expect((await runClassic(storage, ['format', '-h'])).out).toBe(fixture('kafka-storage-format'))
  })

  it("kafka-metadata-shell prints Apache's text", async () => {
    const help = fixture('kafka-metadata-shell')
    expect(await runClassic(metadataShell, ['-h'])).toEqual({ code: 0, out: help, err: '' })
  })

  it('prints the release', async () => {
    expect(await runClassic(topics, ['--version'])).toEqual({ code: 0, out: '4.3.1\n', err: '' })
  })

  it('is as narrow as its texts are', () => {
    expect(formatHelp([flag('b', 'Second.'), takes('a', '', 'First.', { fallback: '1' })])).toBe(
      [
        'Option        Description        ',
        '------        -----------        ',
        '--a <String>  First. (default: 1)',
        '--b           Second.            ',
        '',
      ].join('\n'),
    )
  })
})
