import { DistributedWorker } from '../connect/distributed/distributed-worker.ts'
import { nodeHttpServe } from '../runtime/node/http-server.ts'
import type { Context } from './context.ts'
import { serveWorker, workerOptions } from './serve-worker.ts'

/** Runs a worker among a group until a signal stops it, which is then the exit code. */
export const serveDistributed = (properties: Readonly<Record<string, string>>, context: Context): Promise<number> =>
  serveWorker(context, async (log) => {
    const worker = new DistributedWorker(workerOptions(properties, context, log))
    const rest = await worker.start(nodeHttpServe)
    return { rest, clusterId: worker.clusterId, failed: worker.failed, close: () => worker.close() }
  })
