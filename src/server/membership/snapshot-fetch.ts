import type { NodeClient } from '../../client/node.ts'
import type { BrokerConfig } from '../../config/broker.ts'
import { FetchSnapshot } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Uuid } from '../../std/uuid.ts'
import { METADATA_TOPIC } from '../raft/metadata-log.ts'
import type { MetadataObserver } from '../raft/observer.ts'
import type { SnapshotId } from '../raft/snapshot-file.ts'

interface SnapshotOptions {
  readonly config: BrokerConfig
  readonly clusterId: string
  readonly directoryId: Uuid
  readonly observer: MetadataObserver
  log(line: string): void
  /** The leader has answered. */
  onHeard?(): void
}

/** Brings a snapshot of the leader here, piece by piece (KIP-630), and begins anew with it. Throws what a piece was answered with. */
export async function fetchSnapshot(id: SnapshotId, node: NodeClient, options: SnapshotOptions): Promise<void> {
  const { observer, log } = options
  const download = observer.beginSnapshot({ endOffset: id.endOffset, epoch: id.epoch })
  try {
    for (;;) {
      const piece = await fetchPiece(id, download.position, node, options)
      const bytes = piece.unalignedRecords ?? Buffer.alloc(0)
      download.write(bytes)
      options.onHeard?.()
      if (download.position >= piece.size) break
      if (bytes.length === 0) throw new KafkaError('UNKNOWN_SERVER_ERROR', 'a snapshot has no end')
    }
  } catch (error) {
    download.abandon()
    throw error
  }
  const { position } = download
  await download.finish()
  log(`Took over the metadata up to offset ${id.endOffset} from a snapshot of ${position} bytes.`)
}

async function fetchPiece(id: SnapshotId, position: number, node: NodeClient, options: SnapshotOptions) {
  const { config, clusterId, directoryId, observer } = options
  const answer = await node.send(FetchSnapshot, {
    clusterId,
    replicaId: config.nodeId,
    maxBytes: config.get('controller.quorum.fetch.snapshot.max.bytes'),
    topics: [
      {
        name: METADATA_TOPIC,
        partitions: [
          {
            partition: 0,
            currentLeaderEpoch: observer.leader.epoch,
            snapshotId: { endOffset: id.endOffset, epoch: id.epoch },
            position,
            replicaDirectoryId: directoryId,
          },
        ],
      },
    ],
  })
  const piece = answer.topics[0]?.partitions[0]
  const code = answer.errorCode !== Errors.NONE ? answer.errorCode : (piece?.errorCode ?? Errors.UNKNOWN_SERVER_ERROR)
  if (code !== Errors.NONE || !piece) throw new KafkaError(code)
  if (piece.position !== position)
    throw new KafkaError('UNKNOWN_SERVER_ERROR', `${piece.position} is not the position ${position} that was asked for`)
  return piece
}
