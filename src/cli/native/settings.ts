import { type ClientSettings, loadOptionalProperties } from '../client-config.ts'
import type { Context } from '../context.ts'
import { ProfileFile } from './profile-file.ts'

/** What the command line says about the connection. */
export interface ConnectionFlags {
  readonly profile: string | undefined
  readonly servers: string | undefined
  /** A file of properties. */
  readonly config: string | undefined
}

const HERE = 'localhost:9092'

/**
 * The settings of a client. A profile that is named counts with all it has; the one in use only where nothing else says where to connect,
 * so that no secret of it goes to another cluster. What stands on the command line wins over the environment, and both over a profile.
 */
export function nativeSettings(flags: ConnectionFlags, { console: { env }, runtime }: Context): ClientSettings {
  const envServers = env.KAFKA_BOOTSTRAP_SERVERS || undefined
  const config = flags.config ?? (env.KAFKA_COMMAND_CONFIG || undefined)
  const file = loadOptionalProperties(runtime, config)
  const named = flags.profile ?? (env.KAFKA_PROFILE || undefined)
  const isToldWhere = flags.servers !== undefined || envServers !== undefined || config !== undefined
  const profiles = named !== undefined || !isToldWhere ? new ProfileFile(runtime.disk, env) : undefined
  const profile = (named === undefined ? profiles?.current : profiles?.get(named)) ?? {}
  const own = flags.profile === undefined ? undefined : profile['bootstrap.servers']
  const servers =
    flags.servers ?? file['bootstrap.servers'] ?? own ?? envServers ?? profile['bootstrap.servers'] ?? HERE
  return { ...profile, ...file, 'bootstrap.servers': servers }
}
