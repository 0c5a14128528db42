import { murmur2 } from '../../std/murmur2.ts'
import type { Context } from '../context.ts'
import { type ConnectionFlags, nativeSettings } from '../native/settings.ts'

export interface ClusterNames {
  readonly topics: readonly string[]
  readonly groups: readonly string[]
}

interface Kept extends ClusterNames {
  readonly servers: string
  /** Wall time in milliseconds. */
  readonly at: number
}

/** Milliseconds for which names that were asked for are good. */
const KEEP_MS = 60_000
/** Longest wait for the cluster: a key that was pressed must be answered. */
const BUDGET_MS = 150

const none: ClusterNames = { topics: [], groups: [] }

/** Names of topics and groups: those of the last minute, or what the cluster says in time; none when it does not. */
export async function clusterNames(flags: ConnectionFlags, context: Context): Promise<ClusterNames> {
  const settings = nativeSettings(flags, context)
  const servers = String(settings['bootstrap.servers'])
  const { disk, clock } = context.runtime
  const folder = cacheFolder(context)
  const path = `${folder}/names-${(murmur2(Buffer.from(servers)) >>> 0).toString(16)}.json`
  const kept = readKept(disk.readFile(path))
  const now = clock.now()
  if (kept && kept.servers === servers && kept.at <= now && now - kept.at < KEEP_MS) return kept
  const names = await ask(settings, context)
  if (!names) return none
  try {
    disk.mkdir(folder)
    disk.replaceFile(path, JSON.stringify({ servers, at: now, ...names } satisfies Kept), 0o600)
  } catch {
    // Without a cache the cluster is asked every time.
  }
  return names
}

function cacheFolder({ console: { env } }: Context): string {
  return `${env.XDG_CACHE_HOME || env.LOCALAPPDATA || `${env.HOME ?? '.'}/.cache`}/kafka-toolset`
}

function readKept(bytes: Buffer | undefined): Kept | undefined {
  try {
    const { servers, at, topics, groups } = JSON.parse(bytes?.toString() ?? '')
    const isList = (list: unknown): list is string[] =>
      Array.isArray(list) && list.every((name) => typeof name === 'string')
    return isList(topics) && isList(groups) ? { servers, at, topics, groups } : undefined
  } catch {
    return undefined
  }
}

/** Undefined when the cluster does not answer in time, or at all. */
async function ask(settings: Record<string, string>, { runtime }: Context): Promise<ClusterNames | undefined> {
  const { Admin } = await import('../../client/admin/admin.ts')
  const admin = new Admin(settings, runtime)
  const answers = Promise.all([admin.listTopics({ includeInternal: false }), admin.listGroups()])
  answers.catch(() => {})
  const late = new Promise<undefined>((resolve) => runtime.clock.timer(BUDGET_MS, () => resolve(undefined)))
  try {
    const found = await Promise.race([answers, late])
    if (!found) return undefined
    const [topics, groups] = found
    return { topics: topics.map(({ name }) => name).sort(), groups: groups.map(({ groupId }) => groupId).sort() }
  } catch {
    return undefined
  } finally {
    await admin.close()
  }
}
