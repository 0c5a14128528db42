import type { BrokerHeartbeat } from '../../protocol/apis/index.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { BrokerImage, MetadataImage } from '../metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { cordonedIdsOf, holdsCordoned, logDirsOf } from '../metadata/replica-directories.ts'
import { after, checkBrokerEpoch, partitionsWhere } from './broker-views.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { leaderAndIsrChanges, withBroker, withoutBroker } from './leader-changes.ts'

type Request = RequestOf<typeof BrokerHeartbeat>

/** What is known of the brokers' progress beside the image. */
interface Progress {
  lowestOffset(image: MetadataImage): number
  shutdownOffset(brokerId: number): number | undefined
}

type State = 'fenced' | 'unfenced' | 'stopping' | 'stopped'

export interface HeartbeatReply {
  readonly response: ResponseInput<typeof BrokerHeartbeat>
  /** The broker leads nothing any more, and waits for the others to know. */
  readonly isStopping: boolean
}

const Fencing = { fence: 1, unfence: -1 } as const
const Stopping = { begin: 1 } as const
const registrationChange = 2
/** The first version with a place for cordoned directories. */
const cordonedChange = 3

/** What a heartbeat asks for, as far as it can be granted (KIP-631, KIP-841). Throws STALE_BROKER_EPOCH. */
export function brokerHeartbeat(
  context: ControllerContext,
  request: Request,
  progress: Progress,
): MetadataDecision<HeartbeatReply> {
  const { image } = context
  const { brokerId, currentMetadataOffset } = request
  const broker = checkBrokerEpoch(image, brokerId, request.brokerEpoch)
  const isCaughtUp = currentMetadataOffset >= broker.epoch
  const current = stateOf(broker)
  const next = nextState(current, request, isCaughtUp, progress, image)
  const records = current === next ? [] : [...transition(context, broker, next)]
  records.push(...offlineDirectories(after(context, records), broker, request.offlineLogDirs))
  records.push(...cordonedDirectories(context, broker, request.cordonedLogDirs))
  const response = {
    throttleTimeMs: 0,
    errorCode: 0,
    isCaughtUp,
    isFenced: next === 'fenced' || next === 'stopped',
    shouldShutDown: next === 'stopped',
  }
  return { records, reply: { response, isStopping: next === 'stopping' } }
}

const stateOf = ({ fenced, inControlledShutdown }: BrokerImage): State =>
  fenced ? 'fenced' : inControlledShutdown ? 'stopping' : 'unfenced'

function nextState(
  current: State,
  { brokerId, wantFence, wantShutDown }: Request,
  isCaughtUp: boolean,
  progress: Progress,
  image: MetadataImage,
): State {
  if (current === 'fenced') {
    if (wantShutDown) return 'stopped'
    return wantFence || !isCaughtUp ? 'fenced' : 'unfenced'
  }
  if (current === 'unfenced') {
    if (wantFence) return wantShutDown ? 'stopped' : 'fenced'
    if (!wantShutDown) return 'unfenced'
    return leads(image, brokerId) ? 'stopping' : 'stopped'
  }
  const offset = progress.shutdownOffset(brokerId)
  const isKnown = offset !== undefined && offset <= progress.lowestOffset(image)
  return leads(image, brokerId) || !isKnown ? 'stopping' : 'stopped'
}

const leads = (image: MetadataImage, id: number): boolean =>
  partitionsWhere(image, ({ leader }) => leader === id).next().done === false

function* transition(context: ControllerContext, broker: BrokerImage, next: State): Generator<MetadataRecord> {
  const { id } = broker
  if (next === 'unfenced') {
    yield brokerChange(broker, { fenced: Fencing.unfence })
    yield* withBroker(context, id)
  } else if (next === 'stopping') {
    yield brokerChange(broker, { inControlledShutdown: Stopping.begin })
    yield* withoutBroker(context, id)
  } else if (!broker.fenced) yield* fence(context, broker)
}

/** A broker that serves does so no more. */
function* fence(context: ControllerContext, broker: BrokerImage): Generator<MetadataRecord> {
  yield* withoutBroker(context, broker.id)
  yield brokerChange(broker, { fenced: Fencing.fence })
}

type Change = Partial<Extract<MetadataRecord, { type: 'BrokerRegistrationChangeRecord' }>['fields']>

const brokerChange = ({ id: brokerId, epoch: brokerEpoch }: BrokerImage, change: Change): MetadataRecord =>
  metadataRecord('BrokerRegistrationChangeRecord', registrationChange, { brokerId, brokerEpoch, ...change })

/** Fences all that are silent. */
export function fenceSilent(context: ControllerContext, ids: readonly number[]): MetadataDecision<void> {
  const records: MetadataRecord[] = []
  for (const id of ids) {
    const now = after(context, records)
    const broker = now.image.brokers.get(id)
    if (broker && !broker.fenced) records.push(...fence(now, broker))
  }
  return { records, reply: undefined }
}

/** The broker in the controller's own process begins nothing new in these directories. */
export function directoriesCordoned(
  context: ControllerContext,
  brokerId: number,
  ids: readonly string[],
): MetadataDecision<void> {
  const broker = context.image.brokers.get(brokerId)
  return { records: broker ? [...cordonedDirectories(context, broker, ids)] : [], reply: undefined }
}

/** Null where the broker does not say. */
function* cordonedDirectories(
  { image }: ControllerContext,
  broker: BrokerImage,
  ids: readonly string[] | null,
): Generator<MetadataRecord> {
  if (ids === null || !holdsCordoned(image)) return
  const known = cordonedIdsOf(broker)
  const isSame = known?.length === ids.length && ids.every((id) => known.includes(id))
  if (isSame) return
  const { id: brokerId, epoch: brokerEpoch } = broker
  yield metadataRecord('BrokerRegistrationChangeRecord', cordonedChange, {
    ...{ brokerId, brokerEpoch, cordonedLogDirs: [...ids] },
  })
}

/** Directories of the broker in the controller's own process are out of use. */
export function directoriesLost(
  context: ControllerContext,
  brokerId: number,
  ids: readonly string[],
): MetadataDecision<void> {
  const broker = context.image.brokers.get(brokerId)
  return { records: broker ? [...offlineDirectories(context, broker, ids)] : [], reply: undefined }
}

/** Directories that a broker had and has no more: whatever lay there is led elsewhere. */
function* offlineDirectories(
  context: ControllerContext,
  broker: BrokerImage,
  offline: readonly string[],
): Generator<MetadataRecord> {
  const dirs = logDirsOf(broker)
  const gone = dirs.filter((id) => offline.includes(id))
  if (gone.length === 0) return
  yield* leaderAndIsrChanges(
    context,
    { removed: broker.id },
    partitionsWhere(context.image, ({ replicas, directories, isr }) => {
      const directory = directories[replicas.indexOf(broker.id)]
      return isr.includes(broker.id) && directory !== undefined && gone.includes(directory)
    }),
  )
  yield brokerChange(broker, { logDirs: dirs.filter((id) => !gone.includes(id)) })
}
