import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import * as shell from '../../src/cli/classic/metadata-shell.ts'
import { encodeMetadataRecord, metadataRecord } from '../../src/server/metadata/records.ts'
import { encodeSnapshot } from '../../src/server/raft/snapshot-file.ts'
import { runClassic } from '../support/test-console.ts'

/** What Apache's shell 4.3.1 answered to these lines at this snapshot, which Apache's kafka-storage wrote; it names another build. */
const golden = (name: string) => fileURLToPath(new URL(`golden/${name}`, import.meta.url))
const snapshot = golden('bootstrap.checkpoint')
const session = readFileSync(golden('metadata-shell.session.txt'), 'utf8')
const lines = [
  ...'help,man ls,man cat,man cd,man exit,man find,man help,man history,man man,man pwd,man tree,man nope,man,pwd'.split(
    ',',
  ),
  ...'cd image,pwd,ls,ls top,cat topics,cd nope,cd /local/version,cd a b,cd,pwd,cd ..,pwd,cd ../..,pwd'.split(','),
  ...'ls local image/topics,find topics,tree local,nope,,history,history 2,history x,ls -h,exit x,cat,exit'.split(','),
]

const work = mkdtempSync(join(tmpdir(), 'metadata-shell-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))
const run = (file: string, args: string) => runClassic(shell, ['-s', file, ...args.split(' ')])

describe('kafka-metadata-shell', () => {
  it("converses as Apache's", async () => {
    const run = await runClassic(shell, ['-s', snapshot], { input: `${lines.join('\n')}\n` })
    expect(run).toEqual({ code: 0, out: session, err: '' })
  })

  it('answers one command', async () => {
    expect(await run(snapshot, 'cat image/features/metadataVersion image')).toEqual({
      code: 1,
      out: 'Optional[4.3-IV0]\ncat: image: Is a directory\n',
      err: '',
    })
    expect((await run(snapshot, 'ls /image/features/finalized_{group,share}.*')).out).toBe(
      'finalized_group.version\nfinalized_share.version\n',
    )
    expect((await run(snapshot, 'pwd')).out).toBe("invalid choice: 'pwd' (choose from 'cat', 'find', 'ls', 'tree')\n")
    expect((await run(join(work, 'none'), 'ls')).err).toBe(`Unexpected error: ${join(work, 'none')}\n`)
    expect((await runClassic(shell, ['ls'])).err).toMatch(/error: argument --snapshot\/-s is required\n$/)
  })

  it('shows topics, quotas and properties of a folder', async () => {
    const id = 'HwxFUpLMQHSF1GHjB-6NGw'
    const partition = {
      partitionId: 0,
      topicId: id,
      replicas: [1],
      isr: [1],
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 0,
    }
    const records = [
      metadataRecord('TopicRecord', 0, { name: 'foo', topicId: id }),
      metadataRecord('PartitionRecord', 1, { ...partition, directories: ['2a5qeMpQ8D3tRai_35vC-w'] }),
      metadataRecord('ConfigRecord', 0, { resourceType: 2, resourceName: 'foo', name: 'retention.ms', value: '1000' }),
      metadataRecord('ClientQuotaRecord', 0, {
        entity: [
          { entityType: 'user', entityName: 'alice' },
          { entityType: 'client-id', entityName: 'c1' },
        ],
        key: 'producer_byte_rate',
        value: 55,
        remove: false,
      }),
    ]
    const times = { epoch: 3, timestamp: 1_795_608_601_000, lastContainedTimestamp: 0 }
    const bytes = encodeSnapshot(records.map(encodeMetadataRecord), times)
    writeFileSync(join(work, '00000000000000000005-0000000003.checkpoint'), bytes)
    expect((await run(work, 'tree image/topics/byName image/configs image/clientQuotas')).out).toBe(
      `foo:
  0:
    PartitionRegistration(replicas=[1], directories=[2a5qeMpQ8D3tRai_35vC-w], isr=[1], removingReplicas=[], addingReplicas=[], elr=[], lastKnownElr=[], leader=1, leaderRecoveryState=RECOVERED, leaderEpoch=0, partitionEpoch=0)
  id:
    ${id}
  name:
    foo
TOPIC:foo:
  retention.ms:
    1000
clientId(c1)_user(alice):
  producer_byte_rate:
    55.0
`,
    )
    expect((await run(work, 'cat image/provenance')).out).toBe('offset 4, epoch 3, time 2026-11-25T12:10:01Z[UTC]\n')
  })
})
