import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { answering, apacheClassPath, apacheHome } from './apache.ts'
import { freePort } from './free-ports.ts'

/**
 * Java's start, most of the time of a run that starts hundreds of its tools: the simple compiler and collector are enough for programs that
 * end within seconds, and an archive has Apache's classes as Java wants them, read and linked.
 */
const QUICK = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
const archive = join(apacheHome, 'classes.jsa')
const sharing = [`-XX:SharedArchiveFile=${archive}`, '-Xlog:disable']

/** The options with which Java starts quickly here. Makes the archive when it is not there, or is not of this Java and these jars. */
export async function quickStart(): Promise<{ readonly options: string[]; readonly sharing: string[] }> {
  if (!isUsable()) await makeArchive()
  return { options: QUICK, sharing: isUsable() ? sharing : [] }
}

function isUsable(): boolean {
  if (!existsSync(archive)) return false
  try {
    execFileSync('java', [...QUICK, ...sharing, '-Xshare:on', '-cp', apacheClassPath(), '-version'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

/** Has a broker and tools at work say which classes they need, and Java put those into the archive. */
async function makeArchive(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'classes-'))
  try {
    await writeClassLists(dir)
    const lists = readdirSync(dir).filter((name) => name.endsWith('.list'))
    const lines = lists.flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n'))
    // Numbers of classes are those of one list; classes of other loaders are known by them.
    const classes = lines.filter((line) => !line.startsWith('#') && !line.includes(' source: '))
    const all = join(dir, 'all.list')
    writeFileSync(all, [...new Set(classes.map((line) => line.replace(/ (id|super|interfaces): .*/, '')))].join('\n'))
    const made = join(apacheHome, `classes.${process.pid}.jsa`)
    const dump = ['-Xshare:dump', `-XX:SharedClassListFile=${all}`, `-XX:SharedArchiveFile=${made}`, '-Xlog:disable']
    await execa('java', [...QUICK, ...dump, '-cp', apacheClassPath()], { reject: false })
    // Another run may look at the one that is there, or make one itself.
    if (existsSync(made)) renameSync(made, archive)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function writeClassLists(dir: string): Promise<void> {
  const [port, controllerPort] = [await freePort(), await freePort()]
  const properties = join(dir, 'server.properties')
  writeFileSync(properties, nodeProperties(join(dir, 'logs'), port, controllerPort))
  let lists = 0
  const start = (main: string, ...args: string[]) => {
    const list = `-XX:DumpLoadedClassList=${join(dir, `${lists++}.list`)}`
    return execa('java', [...QUICK, list, '-cp', apacheClassPath(), main, ...args], {
      reject: false,
      input: 'record\n',
    })
  }
  await start('kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', properties)
  const broker = start('kafka.Kafka', properties)
  try {
    await answering(port, broker)
    const at = ['--bootstrap-server', `127.0.0.1:${port}`]
    await start('org.apache.kafka.tools.TopicCommand', ...at, '--create', '--topic', 't')
    await start('org.apache.kafka.tools.ConsoleProducer', ...at, '--topic', 't')
    const reading = ['--topic', 't', '--from-beginning', '--max-messages', '1', '--timeout-ms', '20000']
    await start('org.apache.kafka.tools.consumer.ConsoleConsumer', ...at, ...reading)
    await start('kafka.admin.ConfigCommand', ...at, '--describe', '--topic', 't')
  } finally {
    broker.kill()
    await broker
  }
}

const nodeProperties = (
  logDir: string,
  port: number,
  controllerPort: number,
): string => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
log.dirs=${logDir}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
`
