import * as batch from '../../src/protocol/records/batch.ts'
import { decodeRecords } from '../../src/protocol/records/record.ts'
import { LeaderChangeMessage } from '../../src/protocol/stored/control-records.ts'
import { SECOND_DIR } from './nodes.ts'
import type { Host } from './world.ts'

const LEADER_CHANGE = 2
const DIRS = ['/data', SECOND_DIR]

/** The bytes of a log on a machine's disk. */
function logOf({ disk }: Host, folder: string): Buffer {
  const files = DIRS.flatMap((dir) =>
    (disk.list(`${dir}/${folder}`) ?? [])
      .filter((name) => name.endsWith('.log'))
      .sort()
      .map((name) => `${dir}/${folder}/${name}`),
  )
  return Buffer.concat(files.map((path) => disk.readFile(path) ?? Buffer.alloc(0)))
}

/** What is wrong when all machines have come to rest: replicas differ, or the quorum has had two leaders in an epoch. */
export function* checkReplicas(
  brokers: readonly Host[],
  topics: readonly string[],
  all: readonly Host[],
): Generator<string> {
  for (const topic of topics) yield* checkTopic(brokers, topic)
  yield* checkQuorum(all)
}

function* checkTopic(hosts: readonly Host[], topic: string): Generator<string> {
  const folders = new Set(hosts.flatMap(({ disk }) => DIRS.flatMap((dir) => disk.list(dir) ?? [])))
  for (const folder of folders) {
    if (folder.slice(0, folder.lastIndexOf('-')) !== topic) continue
    const [first, ...others] = hosts.map((host) => ({ name: host.name, bytes: logOf(host, folder) }))
    for (const { name, bytes } of others)
      if (first && !bytes.equals(first.bytes))
        yield `${folder} has ${bytes.length} bytes on ${name} that are not the ${first.bytes.length} on ${first.name}`
  }
}

function* checkQuorum(hosts: readonly Host[]): Generator<string> {
  const leaders = new Map<number, number>()
  const records = new Map<number, string>()
  for (const host of hosts) {
    const log = logOf(host, '__cluster_metadata-0')
    for (const at of batch.batchPositions(log)) {
      const bytes = log.subarray(at, at + batch.batchSize(log, at))
      const offset = batch.baseOffset(bytes)
      const text = bytes.toString('latin1')
      if ((records.get(offset) ?? text) !== text)
        yield `metadata at offset ${offset} on ${host.name} is another elsewhere`
      records.set(offset, text)
      const leader = leaderIn(bytes)
      if (leader === undefined) continue
      const epoch = batch.leaderEpoch(bytes)
      const known = leaders.get(epoch) ?? leader
      if (known !== leader) yield `epoch ${epoch} of the quorum was led by ${known} and by ${leader}`
      leaders.set(epoch, known)
    }
  }
}

function leaderIn(bytes: Buffer): number | undefined {
  if (!batch.isControl(bytes)) return undefined
  for (const { key, value } of decodeRecords(bytes))
    if (key?.readInt16BE(2) === LEADER_CHANGE && value) return LeaderChangeMessage.decode(0, value).leaderId
  return undefined
}
