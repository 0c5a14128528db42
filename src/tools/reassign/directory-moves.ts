import { type Admin, type LogDirDescription, type ReplicaMove, replicaKey } from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Clock } from '../../runtime/index.ts'
import { ANY_DIR, type Assignment } from './plan.ts'

/** Between two questions while a broker does not have a replica yet, milliseconds. */
const ASK_AGAIN_MS = 100

/** The replicas that a plan has in a directory of its own. */
export const movesOf = (plan: readonly Assignment[]): ReplicaMove[] =>
  plan.flatMap(({ topic, partition, replicas, logDirs }) =>
    replicas.flatMap((broker, at) => {
      const path = logDirs[at] ?? ANY_DIR
      return path === ANY_DIR ? [] : [{ topic, partition, broker, path }]
    }),
  )

/** A broker has refused to move a replica. */
export class MoveRefused extends Error {
  override name = 'MoveRefused'

  constructor(
    readonly move: ReplicaMove,
    reason: KafkaError,
  ) {
    const { topic, partition, broker, path } = move
    super(`${topic}-${partition} cannot be moved to ${path} on broker ${broker}: ${reason.message}`, { cause: reason })
  }
}

export interface StartMovesOptions {
  readonly clock: Clock
  /** How long to wait for replicas that come to a broker only now. */
  readonly timeoutMs: number
  onStarted?(move: ReplicaMove): void
}

/** Has brokers begin to move replicas to other directories. Throws `MoveRefused` for the first that cannot be, and when one is not there in time. */
export async function startMoves(
  admin: Admin,
  moves: readonly ReplicaMove[],
  { clock, timeoutMs, onStarted }: StartMovesOptions,
): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs
  for (let waiting = moves; waiting.length > 0; ) {
    const results = await admin.alterReplicaLogDirs(waiting)
    const absent: ReplicaMove[] = []
    for (const move of waiting) {
      const error = results.get(replicaKey(move))
      if (error?.error === 'REPLICA_NOT_AVAILABLE') absent.push(move)
      else if (error) throw new MoveRefused(move, error)
      else onStarted?.(move)
    }
    waiting = absent
    if (waiting.length === 0) return
    if (clock.monotonic() >= deadline)
      throw new Error(
        `Timed out before log directory move${waiting.length === 1 ? '' : 's'} could be started for: ${waiting.map(replicaKey).join(',')}`,
      )
    await clock.sleep(ASK_AGAIN_MS)
  }
}

/** Has what is on its way stay where it is; gives those replicas. */
export async function cancelMoves(
  admin: Admin,
  moves: readonly ReplicaMove[],
  options: StartMovesOptions,
): Promise<readonly ReplicaMove[]> {
  const moving = (await moveStatuses(admin, moves)).flatMap(({ next, current, ...move }) =>
    next === undefined || current === undefined ? [] : [{ ...move, path: current }],
  )
  await startMoves(admin, moving, options)
  return moving
}

export interface MoveStatus extends ReplicaMove {
  /** `moving elsewhere`: to another directory than the plan's. `missing`: in no directory that its broker can use. */
  readonly state: 'completed' | 'moving' | 'moving elsewhere' | 'different' | 'missing'
  /** Where it lies. */
  readonly current: string | undefined
  /** Where it is on its way to. */
  readonly next: string | undefined
}

/** How far the moves of a plan have come. */
export async function moveStatuses(admin: Admin, moves: readonly ReplicaMove[]): Promise<MoveStatus[]> {
  if (moves.length === 0) return []
  const described = await admin.describeLogDirs([...new Set(moves.map(({ broker }) => broker))])
  return moves.map((move) => {
    const answer = described.get(move.broker)
    const dirs = answer instanceof KafkaError ? [] : (answer ?? [])
    const [current, next] = [placeIn(dirs, move, false), placeIn(dirs, move, true)]
    return { ...move, current, next, state: stateOf(move, current, next) }
  })
}

const placeIn = (dirs: readonly LogDirDescription[], { topic, partition }: ReplicaMove, future: boolean) =>
  dirs.find(({ replicas }) =>
    replicas.some((one) => one.topic === topic && one.partition === partition && one.future === future),
  )?.path

function stateOf({ path }: ReplicaMove, current: string | undefined, next: string | undefined): MoveStatus['state'] {
  if (next !== undefined) return next === path ? 'moving' : 'moving elsewhere'
  if (current === undefined) return 'missing'
  return current === path ? 'completed' : 'different'
}
