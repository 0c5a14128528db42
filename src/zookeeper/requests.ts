import type { NodeTree } from './node-tree.ts'
import { BROKER_SCHEME, ErrorCode, Op, type WireReader, WireWriter, ZooKeeperError } from './wire.ts'

/** Who asks, and of what. */
export interface Requester {
  readonly tree: NodeTree
  readonly sessionId: number
  /** Whether the other side has said that it is a broker, and may write. */
  isBroker: boolean
  /** Has the requester told of the next change. */
  watch(kind: 'data' | 'children', path: string): void
}

interface ZooKeeperRequest {
  readonly xid: number
  readonly type: number
  readonly body: WireReader
}

const EPHEMERAL = 1

/** The answer to a request of a session. */
export function answerRequest(requester: Requester, { xid, type, body }: ZooKeeperRequest): WireWriter {
  const { tree } = requester
  const result = new WireWriter()
  let code: number = ErrorCode.ok
  try {
    carryOut(requester, type, body, result)
  } catch (error) {
    if (!(error instanceof ZooKeeperError)) throw error
    code = error.code
  }
  const answer = new WireWriter().int(xid).long(tree.zxid).int(code)
  return code === ErrorCode.ok ? answer.append(result) : answer
}

function carryOut(requester: Requester, type: number, body: WireReader, result: WireWriter): void {
  switch (type) {
    case Op.ping:
    case Op.closeSession:
      return
    case Op.auth:
      return authenticate(requester, body)
    case Op.sync:
      result.string(body.string())
      return
    case Op.create:
    case Op.create2:
    case Op.delete:
    case Op.setData:
      return write(requester, type, body, result)
    case Op.exists:
    case Op.getData:
    case Op.getChildren:
    case Op.getChildren2:
      return read(requester, type, body, result)
    default:
      throw new ZooKeeperError(ErrorCode.unimplemented)
  }
}

function authenticate(requester: Requester, body: WireReader): void {
  body.int()
  if (body.string() !== BROKER_SCHEME) throw new ZooKeeperError(ErrorCode.authFailed)
  requester.isBroker = true
}

function read(requester: Requester, type: number, body: WireReader, result: WireWriter): void {
  const { tree } = requester
  const path = body.string()
  const watch = body.bool()
  const listing = type === Op.getChildren || type === Op.getChildren2
  // Only `exists` may wait for a node that is not there yet.
  if (watch && (type === Op.exists || tree.has(path))) requester.watch(listing ? 'children' : 'data', path)
  if (type === Op.getData) result.buffer(tree.data(path))
  if (listing) result.strings(tree.children(path))
  if (type !== Op.getChildren) tree.writeStat(result, path)
}

/** Changing nodes would change nothing in Kafka, whose brokers keep their own metadata: so only brokers may. */
function write(requester: Requester, type: number, body: WireReader, result: WireWriter): void {
  const { tree } = requester
  const path = body.string()
  if (!requester.isBroker) throw new ZooKeeperError(ErrorCode.noAuth, path)
  if (type === Op.delete) return tree.delete(path, body.int())
  const data = body.buffer() ?? Buffer.alloc(0)
  if (type === Op.setData) {
    tree.set(path, data, body.int())
    return tree.writeStat(result, path)
  }
  const flags = createFlags(body)
  if (flags > EPHEMERAL) throw new ZooKeeperError(ErrorCode.unimplemented, path)
  tree.create(path, data, flags === EPHEMERAL ? requester.sessionId : 0)
  result.string(path)
  if (type === Op.create2) tree.writeStat(result, path)
}

/** Behind the access list, which says nothing here. */
function createFlags(body: WireReader): number {
  const entries = body.int()
  for (let at = 0; at < entries; at++) {
    body.int()
    body.string()
    body.string()
  }
  return body.int()
}
