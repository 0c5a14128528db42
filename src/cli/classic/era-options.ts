import { parseZooKeeperAddress } from '../../config/zookeeper-address.ts'
import type { Context } from '../context.ts'
import type { CommandLine } from './command-line.ts'
import { OptionError, type OptionSpec } from './option-parser.ts'
import type { Controllers } from './with-admin.ts'

/** Milliseconds within which a ZooKeeper has to say where the brokers are. */
const PATIENCE_MS = 4000

/** A spelling of an earlier release: taken, and not shown in the help text. */
const former = (name: string, standsFor: string, takesValue = true): OptionSpec => ({
  name,
  text: '',
  argument: takesValue ? { required: true, type: 'String', label: '' } : undefined,
  standsFor,
})

/** Where ZooKeeper is: the brokers are asked for there. */
export const zooKeeperOption = former('zookeeper', 'bootstrap-server')
export const brokerListOption = former('broker-list', 'bootstrap-server')
export const whitelistOption = former('whitelist', 'include')
/** Asked for what there is now nothing else than: the consumer that brokers coordinate. */
export const newConsumerOption = former('new-consumer', '', false)
/** Asked for no question to be put, and none is. */
export const forceOption = former('force', '', false)

/** The controllers or else the servers that a command line names. */
export async function targetOf(line: CommandLine, context: Context): Promise<string | Controllers> {
  const controllers = line.value('bootstrap-controller')
  return controllers === undefined ? serversOf(line, context) : { controllers }
}

/** The servers that a command line names, by their addresses or by that of a ZooKeeper which knows them. */
export async function serversOf(line: CommandLine, { runtime }: Context): Promise<string> {
  if (!line.options.given('zookeeper')) return line.value('bootstrap-server') as string
  if (line.options.given('bootstrap-server'))
    throw new OptionError('Only one of --bootstrap-server or --zookeeper must be specified')
  const address = parseZooKeeperAddress(line.value('zookeeper') as string, '--zookeeper')
  const [{ bootstrapServersAt }, { ZooKeeperLost }] = await Promise.all([
    import('../../zookeeper/brokers.ts'),
    import('../../zookeeper/client.ts'),
  ])
  try {
    return await bootstrapServersAt(address, runtime, PATIENCE_MS)
  } catch (error) {
    if (!(error instanceof ZooKeeperLost)) throw error
    throw new Error(
      `${error.message} Start one with bin/zookeeper-server-start.sh config/zookeeper.properties, or name a broker with --bootstrap-server host:port.`,
      { cause: error },
    )
  }
}
