import type { Runtime } from '../index.ts'
import { nodeClock } from './clock.ts'
import { nodeDisk } from './disk.ts'
import { nodeHttp } from './http.ts'
import { nodeNetwork } from './network.ts'
import { nodeRandom } from './random.ts'

/** The real world. */
export const nodeRuntime: Runtime = {
  clock: nodeClock,
  random: nodeRandom,
  network: nodeNetwork,
  disk: nodeDisk,
  http: nodeHttp,
  environment: process.env,
}
