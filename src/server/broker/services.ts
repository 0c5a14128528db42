import type { BrokerConfig } from '../../config/broker.ts'
import type { ListenerConfig } from '../../config/listeners.ts'
import type { Voter } from '../../config/topology.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { ClusterCare } from '../controller/cluster-care.ts'
import type { Controller } from '../controller/controller.ts'
import type { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import type { ShareCoordinator } from '../coordinator/share/share-coordinator.ts'
import type { ClusterShareStates } from '../coordinator/share/share-states.ts'
import type { MarkerWriter } from '../coordinator/transaction/marker-writer.ts'
import type { TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import type { Elections } from '../membership/elections.ts'
import type { VoterChanges } from '../membership/voter-changes.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { Peers } from '../peers.ts'
import type { MetadataLog } from '../raft/metadata-log.ts'
import type { RaftNode } from '../raft/raft-node.ts'
import type { GatheredWrites } from '../replication/gathered-writes.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { SharePartitions } from '../replication/share/share-partitions.ts'
import type { ShareRules } from '../replication/share/share-state.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { Authorizer } from './access/authorizer.ts'
import type { Certificates } from './certificates.ts'
import type { Quotas } from './quotas/quotas.ts'
import type { ShareSessions } from './share-sessions.ts'
import type { TokenSecrets } from './token-secrets.ts'

/** What the handlers of this broker work with. */
export interface BrokerServices {
  readonly runtime: Runtime
  log(line: string): void
  readonly config: BrokerConfig
  readonly clusterId: Uuid
  readonly quotas: Quotas
  readonly certificates: Certificates
  /** Undefined where everybody may do everything. */
  readonly authorizer: Authorizer | undefined
  /** Committed metadata as this broker has applied it. */
  readonly image: MetadataImage
  /** Of a node that is one; asking a broker without a controller for it throws NOT_CONTROLLER. */
  readonly controller: Controller
  /** The voter in this node, under the same condition. */
  readonly raft: RaftNode
  /** Its talk with other voters; undefined where there are none. */
  readonly elections: Elections | undefined
  /** Who takes and gives votes, while this node leads the quorum. */
  readonly voterChanges: VoterChanges
  /** All voters, where they are named with their addresses. */
  readonly quorumVoters: readonly Voter[]
  /** This node's copy of the metadata log, whoever leads it. */
  readonly metadataLog: MetadataLog
  /** Where the controller hears of the cluster's brokers. */
  readonly care: ClusterCare
  readonly replicas: ReplicaManager
  /** Appends of the requests being handled. */
  readonly writes: GatheredWrites
  readonly logs: LogManager
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly shareCoordinator: ShareCoordinator
  /** What share coordinators keep, this broker's and others'. */
  readonly shareStates: ClusterShareStates
  /** What share groups know of the partitions that this broker leads. */
  readonly shares: SharePartitions
  readonly shareSessions: ShareSessions
  /** What a group's properties say of its share partitions. */
  shareRules(groupId: string): ShareRules
  /** Whether a share group reads committed records only. */
  readsCommitted(groupId: string): boolean
  /** Ends transactions in partitions. */
  readonly markers: MarkerWriter
  /** The other brokers. */
  readonly peers: Peers
  readonly producerIds: { next(): Promise<number> }
  /** Undefined when the cluster has no delegation tokens. */
  readonly tokenSecrets: TokenSecrets | undefined
  readonly topicCreator: { create(name: string): Promise<void> }
  /** The id of this voter's metadata directory. */
  readonly metadataDirectoryId: Uuid
  /** Bound controller listeners, for those who ask for the quorum's addresses. */
  readonly controllerEndpoints: readonly ListenerConfig[]
}

/** What the handlers of a controller work with: it has no logs but the metadata's. */
export type ControllerServices = Pick<
  BrokerServices,
  | 'authorizer'
  | 'care'
  | 'certificates'
  | 'clusterId'
  | 'config'
  | 'controller'
  | 'controllerEndpoints'
  | 'elections'
  | 'image'
  | 'log'
  | 'metadataDirectoryId'
  | 'metadataLog'
  | 'quorumVoters'
  | 'quotas'
  | 'raft'
  | 'runtime'
  | 'tokenSecrets'
  | 'voterChanges'
>

/** Value of `authorizedOperations` when they were not asked for. */
export const OPERATIONS_NOT_ASKED = -2_147_483_648
