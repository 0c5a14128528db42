/** A worker of a group as a process of its own, for tests that kill it; the argument is a JSON of its properties. */
import { DistributedWorker } from '../../src/index.ts'

const worker = new DistributedWorker({ properties: JSON.parse(process.argv[2] ?? '{}') as Record<string, string> })
const rest = await worker.start()
process.stdout.write(`${rest.advertised}\n`)
