/** A standalone worker as a process of its own, for tests that kill it; the argument is a JSON with `properties` and `connectors`. */
import { StandaloneWorker } from '../../src/index.ts'

const { properties, connectors } = JSON.parse(process.argv[2] ?? '{}') as {
  properties: Record<string, string>
  connectors: Record<string, Record<string, string>>
}
const worker = new StandaloneWorker({ properties })
await worker.start()
for (const [name, config] of Object.entries(connectors)) await worker.put(name, config)
process.stdout.write('started\n')
