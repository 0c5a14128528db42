import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { projectRoot, type Shell } from './shell.ts'

/**
 * Starts the stand-in for a ZooKeeper and a node as documents of that era have it typed, with their data in a folder and on ports that are free. Gives
 * what puts those ports in the place of the usual ones.
 */
export async function startEra(shell: Shell, folder: string): Promise<(text: string) => string> {
  const [zooKeeper, broker, controller] = await freePorts(3)
  const elsewhere = (text: string) =>
    text.replaceAll('2181', `${zooKeeper}`).replaceAll('9092', `${broker}`).replaceAll('9093', `${controller}`)
  for (const file of ['zookeeper.properties', 'server.properties']) {
    const text = elsewhere(readFileSync(join(projectRoot, 'config', file), 'utf8'))
    writeFileSync(join(folder, file), text.replace(/^log\.dirs=.*$/m, `log.dirs=${folder}/data`))
  }
  const start = (script: string, file: string) => shell.start(`bin/${script} ${folder}/${file}`)
  await start('zookeeper-server-start.sh', 'zookeeper.properties').shows(/binding to port/)
  await start('kafka-server-start.sh', 'server.properties').shows(/Kafka Server started/)
  return elsewhere
}
