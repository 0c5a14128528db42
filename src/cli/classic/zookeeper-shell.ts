import { parseZooKeeperAddress } from '../../config/zookeeper-address.ts'
import { ZooKeeperClient } from '../../zookeeper/client.ts'
import { ErrorCode, ZooKeeperError } from '../../zookeeper/wire.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, sentenceOf } from '../exit.ts'
import { finish } from './command-line.ts'
import { converse } from './converse.ts'

const USAGE = 'USAGE: zookeeper-shell.sh zookeeper_host:port[/path] [args...]'
const COMMANDS = 'Commands: ls path, get path, help, quit. Nothing can be changed here.'
/** Milliseconds. */
const TIMES = { timeoutMs: 5000, sessionMs: 30_000 }

/** The zookeeper-shell of Kafka up to 3.9, for reading: one command from the arguments, or those of standard input. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const { console, runtime } = context
    const [where, ...command] = args
    if (where === undefined || where.startsWith('-')) {
      console.error(`${USAGE}\n`)
      return exitCode.failed
    }
    const address = parseZooKeeperAddress(where, 'zookeeper-shell')
    console.out(`Connecting to ${where}\n`)
    const client = await ZooKeeperClient.connect(address, runtime, TIMES)
    try {
      const one = command.length > 0
      if (!one) console.out('Welcome to ZooKeeper!\n')
      console.out('\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n')
      if (one) return await carryOut(command, client, context)
      return await shell(client, context)
    } finally {
      client.close()
    }
  })

async function shell(client: ZooKeeperClient, context: Context): Promise<number> {
  const { console } = context
  let code: number = exitCode.done
  await converse(
    context,
    () => console.inputIsTerminal && console.out('[zk: CONNECTED] '),
    async (line) => {
      const words = line.trim().split(/\s+/).filter(Boolean)
      if (words[0] === 'quit') return 'end'
      if (words.length > 0) code = await carryOut(words, client, context)
      return undefined
    },
  )
  return code
}

async function carryOut(words: readonly string[], client: ZooKeeperClient, { console }: Context): Promise<number> {
  const [command = '', ...rest] = words
  const [path, ...more] = rest
  const complain = (sentence: string): number => {
    console.error(`${sentence}\n`)
    return exitCode.failed
  }
  if (command === 'help') {
    console.out(`${COMMANDS}\n`)
    return exitCode.done
  }
  if (command !== 'ls' && command !== 'get')
    return complain(`'${command}' is not done here: brokers keep their metadata themselves. ${COMMANDS}`)
  if (path === undefined || !path.startsWith('/') || more.length > 0)
    return complain(`${command} takes one path that begins with /, without options.`)
  try {
    if (command === 'ls') console.out(`[${(await client.children(path)).sort().join(', ')}]\n`)
    else console.out(`${(await client.data(path)).toString()}\n`)
    return exitCode.done
  } catch (error) {
    if (error instanceof ZooKeeperError && error.code === ErrorCode.noNode)
      return complain(`Node does not exist: ${path}`)
    return complain(sentenceOf(error))
  }
}
