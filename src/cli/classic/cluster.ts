import type { Admin } from '../../client/index.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import type { ArgparseOption } from './argparse.ts'
import { checkNumber } from './argparse-tool.ts'
import { clusterHelp } from './cluster-help.ts'
import { finish } from './command-line.ts'
import { type Arguments, runSubcommand, targetOf } from './subcommands.ts'
import { withAdmin } from './with-admin.ts'

const connection: readonly ArgparseOption[] = [
  { long: 'bootstrap-server', short: 'b', value: true },
  { long: 'bootstrap-controller', short: 'C', value: true },
  { long: 'config', value: true },
  { long: 'command-config', short: 'c', value: true },
]

const spec = {
  tool: 'kafka-cluster',
  help: clusterHelp,
  helpCode: exitCode.failed,
  suggestions: ['config', 'help'],
  commands: {
    'cluster-id': connection,
    unregister: [...connection, { long: 'id', short: 'i', value: true, required: true }],
    'list-endpoints': [...connection, { long: 'include-fenced-brokers', value: false }],
  },
}

/** Apache's kafka-cluster. */
export const main: ClassicTool = (args, context) =>
  finish(context, () => runSubcommand(spec, args, context, (command, found) => run(command, found, context)))

async function run(command: string, found: Arguments, context: Context): Promise<number> {
  const { console } = context
  checkNumber('id/-i', 'Integer', found.get('id')?.[0])
  if (found.has('config'))
    console.out(
      'Option --config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
    )
  const ofControllers = found.has('bootstrap-controller')
  if (ofControllers && found.has('include-fenced-brokers'))
    throw new Error('The option --include-fenced-brokers is only supported with --bootstrap-server option')
  return withAdmin(
    context,
    targetOf(found),
    found.get('command-config')?.[0] ?? found.get('config')?.[0],
    async (admin) => {
      if (command === 'unregister') {
        const id = Number(found.get('id')?.[0])
        await admin.unregisterBroker(id)
        console.out(`Broker ${id} is no longer registered.\n`)
        return exitCode.done
      }
      const { clusterId, nodes } = await admin.describeCluster({
        includeFencedBrokers: found.has('include-fenced-brokers'),
      })
      if (command === 'cluster-id') console.out(`Cluster ID: ${clusterId}\n`)
      else for (const line of endpoints(nodes, ofControllers)) console.out(`${line}\n`)
      return exitCode.done
    },
  )
}

type Nodes = Awaited<ReturnType<Admin['describeCluster']>>['nodes']

/** Host and rack take the room of the longest. Controllers are not fenced, and have no column for it. */
function endpoints(nodes: Nodes, ofControllers: boolean): string[] {
  const rows = [...nodes]
    .sort((a, b) => a.id - b.id)
    .map(({ id, host, port, rack, fenced }) => [
      id,
      host,
      port,
      rack ?? 'null',
      ...(ofControllers ? ['controller'] : [fenced ? 'fenced' : 'unfenced', 'broker']),
    ])
  const room = (column: number): number => Math.max(0, ...rows.map((row) => String(row[column]).length))
  const state = ofControllers ? [] : [10]
  const titles = ['ID', 'HOST', 'PORT', 'RACK', ...(ofControllers ? [] : ['STATE']), 'ENDPOINT_TYPE']
  const widths = [10, room(1), 10, Math.max(10, room(3)), ...state, 15]
  return [titles, ...rows].map((row) =>
    row.map((cell, column) => String(cell).padEnd(widths[column] as number)).join(' '),
  )
}
