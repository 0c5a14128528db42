import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { EraController } from '../../src/server/index.ts'
import { clusterDir, zooKeeperConfig } from '../../src/zookeeper/config.ts'
import { ZooKeeperServer } from '../../src/zookeeper/server.ts'
import { ShownEntries } from '../../src/zookeeper/shown-entries.ts'

/** A ZooKeeper on a free port of this machine, with a controller for brokers that ask for one, in a folder that goes with it. */
export async function startTestZooKeeper(properties: Record<string, string> = {}) {
  const dataDir = properties.dataDir ?? mkdtempSync(join(tmpdir(), 'zookeeper-'))
  const config = zooKeeperConfig({ clientPort: '0', clientPortAddress: '127.0.0.1', dataDir, ...properties })
  const show = (entries: ReadonlyMap<string, string>) => shown.show(entries)
  const onFatal = (error: Error) => {
    throw error
  }
  const controller = new EraController({ dir: clusterDir(config), runtime: nodeRuntime, log: () => {}, onFatal, show })
  const server = new ZooKeeperServer({
    config,
    runtime: nodeRuntime,
    version: '3.8.4-test',
    environment: { 'host.name': 'here' },
    controllerPort: () => controller.port(),
    log: () => {},
  })
  const shown = new ShownEntries(server.tree)
  const port = await server.start()
  return {
    ...{ server, port, address: `127.0.0.1:${port}` },
    async close() {
      await server.close()
      await controller.close()
      if (!properties.dataDir) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Sends bytes and gives everything that comes back until the other side closes. */
export function exchange(port: number, bytes: string | Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (part) => parts.push(part))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(parts)))
  })
}
